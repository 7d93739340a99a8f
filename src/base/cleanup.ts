/** What must be undone at the end, last first, whatever happened before. */
export class CleanupStack {
  readonly #actions: (() => Promise<void> | void)[] = [];

  add(action: () => Promise<void> | void): void {
    this.#actions.push(action);
  }

  /** Runs every action, last added first; the first error is thrown after all have run. */
  async run(): Promise<void> {
    let firstError: unknown = null;
    let failed = false;
    for (let action = this.#actions.pop(); action !== undefined; action = this.#actions.pop()) {
      try {
        await action();
      } catch (error) {
        if (!failed) firstError = error;
        failed = true;
      }
    }
    if (failed) throw firstError;
  }
}
