/** What a command is given by the program. */
export interface CommandContext {
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

export interface CommandModule {
  /** Returns the exit code. */
  run(context: CommandContext): Promise<number>;
}
