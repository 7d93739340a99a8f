import { TokometerError } from '../base/errors.ts';

/** Collects everything that is wrong with a plan, so that a user hears of all of it at once. */
export class Problems {
  readonly #found: { text: string; hint: string | null }[] = [];
  readonly #command: string;

  constructor(command = 'perf') {
    this.#command = command;
  }

  add(text: string, hint: string | null = null): void {
    this.#found.push({ text, hint });
  }

  /** Throws one error that lists all problems; does nothing when there are none. */
  throwIfAny(): void {
    const [first, ...others] = this.#found;
    if (first === undefined) return;
    if (others.length === 0) {
      throw new TokometerError('E_USAGE', first.text, first.hint === null ? {} : { hint: first.hint });
    }
    const lines = this.#found.map(({ text, hint }) => `- ${text}${hint === null ? '' : ` (${hint})`}`);
    throw new TokometerError('E_USAGE', `${this.#found.length} problems:\n${lines.join('\n')}`, {
      hint: `tokometer ${this.#command} --help explains each flag`,
    });
  }
}
