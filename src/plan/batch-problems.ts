import { Problems } from './problems.ts';

/** Problems of many runs: one that several runs have, as from `defaults`, is told once, with their numbers. */
export class ProblemsOfRuns {
  readonly #found = new Map<string, { readonly hint: string | null; readonly runs: number[] }>();

  ofRun(number: number): Problems {
    return new ProblemsOfRun((text, hint) => this.#add(number, text, hint));
  }

  has(number: number): boolean {
    return [...this.#found.values()].some(({ runs }) => runs.includes(number));
  }

  /** Adds them to the problems of the whole file, in the order in which they were found. */
  tell(file: string, count: number, problems: Problems): void {
    for (const [text, { hint, runs }] of this.#found) {
      const isEveryRun = count > 1 && runs.length === count;
      const which = isEveryRun ? 'every run' : `run ${runs.join(', ')}`;
      problems.add(`${file}, ${which}: ${text}`, hint);
    }
  }

  #add(number: number, text: string, hint: string | null): void {
    const problem = this.#found.get(text) ?? { hint, runs: [] };
    if (!problem.runs.includes(number)) problem.runs.push(number);
    this.#found.set(text, problem);
  }
}

class ProblemsOfRun extends Problems {
  readonly #tell: (text: string, hint: string | null) => void;

  constructor(tell: (text: string, hint: string | null) => void) {
    super('batch');
    this.#tell = tell;
  }

  override add(text: string, hint: string | null = null): void {
    this.#tell(text, hint);
  }
}
