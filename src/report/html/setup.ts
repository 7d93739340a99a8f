import { maskCommandLine, maskedText, maskSecrets } from '../../base/mask-secrets.ts';
import { oneLine } from '../../base/escape.ts';
import { formatBytes } from '../../base/units.ts';
import type { EngineFacts } from '../../contract/engine.ts';
import type { EnvironmentFacts } from '../../contract/environment.ts';
import type { RunPlan } from '../../contract/plan.ts';
import { markup, trusted } from './markup.ts';
import type { Markup } from './markup.ts';

const longestPlan = 30_000;

/** The plan as it was run, without its secrets. */
export function planSection(plan: RunPlan): Markup {
  const text = JSON.stringify(maskSecrets(withoutHeaderValues(plan)), null, 2);
  const shown = text.length > longestPlan ? `${text.slice(0, longestPlan)}\n… the rest is in plan.json` : text;
  return markup`<details><summary>Plan <small>everything that was asked for, defaults included</small></summary><div><pre translate="no">${shown}</pre></div></details>
`;
}

// Any header may be a secret, whatever its name.
function withoutHeaderValues(plan: RunPlan): RunPlan {
  if (plan.engine.api !== 'openai') return plan;
  const names = Object.keys(plan.engine.headers);
  return { ...plan, engine: { ...plan.engine, headers: Object.fromEntries(names.map((name) => [name, maskedText])) } };
}

/** What the engine said of itself after its start. */
export function engineSection(engine: EngineFacts): Markup {
  const { name, version, device, url, pid, weights, dtype, maxLength, cache } = engine;
  const facts = { name, version, device, url, pid, weights, dtype, 'max length': maxLength, 'prefix cache': cache };
  const known = Object.entries(maskSecrets({ ...facts, ...engine.settings })).filter(([, value]) => value !== null);
  return markup`<details><summary>Engine <small>as it really ran</small></summary><div>${list(
    known.slice(0, 200).map(([label, value]) => [oneLine(label, 60), oneLine(String(value))]),
  )}</div></details>
`;
}

/** The machine and the software that measured. */
export function environmentSection(facts: EnvironmentFacts): Markup {
  const lines: readonly (readonly [string, string])[] = [
    ['Command', maskCommandLine(facts.commandLine).map(quoted).join(' ')],
    ['Tokometer', facts.tokometer],
    ['Node', facts.node],
    ['System', `${facts.os}, kernel ${facts.kernel}, ${facts.architecture}`],
    ['CPU', `${facts.hostCpu}, ${facts.cores} cores`],
    ['Memory', formatBytes(facts.memoryBytes)],
    ['Container', facts.container ?? 'none found'],
    ['Load at start', facts.loadAverage.map((load) => load.toFixed(2)).join(', ')],
    ['CPU governor', facts.cpuGovernor ?? 'unknown'],
    ['Started', facts.startedAt],
  ];
  return markup`<details><summary>Environment <small>machine and software of the client</small></summary><div>${list(lines, true)}</div></details>
`;
}

// Names of an engine's settings are its own.
function list(lines: readonly (readonly [string, string])[], isOwn = false): Markup {
  return markup`<dl class="notes">${lines.map(
    ([label, text]) => markup`
<dt${isOwn ? null : trusted(' translate="no"')}>${label}</dt><dd translate="no">${text.slice(0, 4000)}</dd>`,
  )}
</dl>`;
}

function quoted(word: string): string {
  return /^[\w@%+=:,./*-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
