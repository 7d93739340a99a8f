import type { EngineFacts, RunObserver } from '../contract/engine.ts';
import type { EnvironmentFacts } from '../contract/environment.ts';
import type { ManifestFacts, ModelManifest, RepeatDifference } from '../contract/manifest.ts';
import type { RunPlan } from '../contract/plan.ts';
import type { WorkloadFacts } from '../contract/workload.ts';
import { describeModel } from '../hub/describe-model.ts';
import { differencesOfEngines, differencesOfMachines, differencesOfModels } from '../metrics/repeat-differences.ts';
import { engineVariables } from '../telemetry/engine-variables.ts';
import type { GpuTool } from '../telemetry/gpu/gpu-tool.ts';
import { freshNonce } from '../workload/prompt-digest.ts';
import { local } from './model-place.ts';
import type { Session } from './session.ts';

/** An earlier run that is repeated, as its directory tells it. What it did not live to write, or did not know, is null. */
export interface RepeatedRun {
  readonly directory: string;
  readonly environment: EnvironmentFacts | null;
  readonly engine: EngineFacts | null;
  readonly workload: WorkloadFacts | null;
  readonly manifest: ManifestFacts | null;
  /** What was asked to be different. */
  readonly planDifferences: readonly RepeatDifference[];
}

interface MachinePart {
  readonly environment: EnvironmentFacts;
  readonly variables: ManifestFacts['variables'];
  readonly driver: string | null;
}

/** What manifest.json keeps, and what of it differs from a run that is repeated. */
export class RunManifest {
  readonly #plan: RunPlan;
  readonly #machine: MachinePart;
  readonly #repeats: RepeatedRun | null;
  readonly #observer: RunObserver;
  readonly #differences: RepeatDifference[] = [];

  private constructor(plan: RunPlan, machine: MachinePart, repeats: RepeatedRun | null, observer: RunObserver) {
    this.#plan = plan;
    this.#machine = machine;
    this.#repeats = repeats;
    this.#observer = observer;
  }

  /** Before the engine starts: tells how plan and machine differ from those of the repeated run. */
  static async open(input: {
    plan: RunPlan;
    environment: EnvironmentFacts;
    tool: GpuTool | null;
    repeats: RepeatedRun | null;
    observer: RunObserver;
  }): Promise<RunManifest> {
    const { plan, environment, tool, repeats, observer } = input;
    const driver = (await tool?.driver()) ?? null;
    const machine = { environment, variables: engineVariables(process.env), driver };
    const manifest = new RunManifest(plan, machine, repeats, observer);
    if (repeats !== null) {
      manifest.#tell(repeats.planDifferences);
      manifest.#tell(differencesOfMachines({ ...repeats.manifest, environment: repeats.environment }, machine));
    }
    return manifest;
  }

  /** Before the first request: the whole, with what differs in engine, model and lengths, which is told. */
  async complete(session: Session): Promise<ManifestFacts> {
    const { variables, driver } = this.#machine;
    const { tokenizerPath } = this.#plan.workload;
    const engine = session.engine.facts();
    const model = await modelManifest(session, engine);
    if (this.#repeats !== null) {
      this.#tell(differencesOfEngines(this.#repeats.engine, engine));
      this.#tell(differencesOfModels(this.#repeats.manifest?.model ?? null, model));
      this.#tell(this.#differencesOfPrompts(session));
    }
    return {
      v: 1,
      variables,
      driver,
      model,
      tokenizer: tokenizerPath === null ? [] : await describeModel(tokenizerPath),
      server: session.engine.manifest?.() ?? null,
      repeats: this.#repeats === null ? null : { directory: this.#repeats.directory, differences: this.#differences },
    };
  }

  /**
   * The nonce of the prompts: that of the repeated run, so that the prompts are the very same, unless a server that was running
   * before may have them in its prefix cache. null: the prompt is fixed.
   */
  nonce(session: Session): string | null {
    if (session.recipe.kind === 'fixed') return null;
    const before = this.#repeats?.workload?.nonce ?? null;
    return before === null || this.#mayBeCached(session) ? freshNonce() : before;
  }

  #mayBeCached(session: Session): boolean {
    return this.#plan.engine.api === 'openai' && session.engine.facts().cache !== 'off';
  }

  #differencesOfPrompts(session: Session): RepeatDifference[] {
    const before = this.#repeats?.workload ?? null;
    if (before === null) return [];
    const found: RepeatDifference[] = [];
    const [ids, nowIds] = [before.cells, session.cells].map((cells) => cells.map(({ id }) => id).join(' '));
    const isPlanned = this.#repeats?.planDifferences.some(({ what }) => what === 'plan cells') === true;
    if (ids !== nowIds && !isPlanned) found.push({ what: 'lengths', before: ids ?? '', now: nowIds ?? '' });
    if (before.nonce !== null && session.recipe.kind !== 'fixed' && this.#mayBeCached(session)) {
      found.push({
        what: 'prompts',
        before: `nonce ${before.nonce}`,
        now: 'others of the same lengths and seed: the prefix cache of the server may hold those',
      });
    }
    return found;
  }

  #tell(differences: readonly RepeatDifference[]): void {
    this.#differences.push(...differences);
    for (const { what, before, now } of differences) this.#observer.note(`differs: ${what}: ${before} → ${now}`);
  }
}

// An engine that finds its model by itself names the file among its settings.
async function modelManifest({ model }: Session, engine: EngineFacts): Promise<ModelManifest | null> {
  const own = engine.settings['model'];
  const place = model ?? (typeof own === 'string' ? local(own) : null);
  return place === null ? null : { ...place, files: await describeModel(place.path) };
}
