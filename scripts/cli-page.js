// docs/cli.md: every command with its options, as the option tables have them.
import { commands } from '../dist/cli/commands.js';
import { readEnvironmentPage } from '../dist/cli/help/environment.js';
import { exitCodesPage } from '../dist/cli/help/exit-codes.js';
import { filesPage } from '../dist/cli/help/files.js';
import { examplesOf, usageOf } from '../dist/cli/help-text.js';
import { evalscopeFlags } from '../dist/plan/option/evalscope.js';
import { defaultOf, describeOption, escapeCell, formsOf, groupsOf } from './option-text.js';

const code = (text) => (text === '' ? '' : `\`${text.replaceAll('|', '\\|')}\``);

function optionTables(table) {
  return groupsOf(table)
    .map(({ group, specs }) => {
      const rows = specs.map((spec) => {
        const forms = formsOf(spec).map(code).join(', ');
        return `| ${forms} | ${code(defaultOf(spec))} | ${escapeCell(describeOption(spec))} |`;
      });
      return `### ${group}\n\n| option | default | what it does |\n| --- | --- | --- |\n${rows.join('\n')}\n`;
    })
    .join('\n');
}

/** A command as a man page has it: how it is called, what it is for, its options, examples. */
function commandPart(name, table, { text, after = '' }) {
  const options = optionTables(table);
  return `## tokometer ${name}

\`${usageOf(name)}\`

${text === '' ? '' : `${text}\n\n`}${options === '' ? '' : `${options}\n`}${after}### Examples of ${name}

\`\`\`sh
${examplesOf(name).join('\n')}
\`\`\`
`;
}

/** A page of \`tokometer help\` as a table. */
function helpTable({ about, entries }, heads) {
  const rows = entries.map(({ name, lines }) => `| \`${name}\` | ${escapeCell(lines.join(' '))} |`);
  return `${about}\n\n| ${heads.join(' | ')} |\n| --- | --- |\n${rows.join('\n')}\n`;
}

export async function cliPage() {
  const evalscope = Object.entries(evalscopeFlags)
    .map(([flag, { instead }]) => `| \`--${flag}\` | ${escapeCell(instead ?? '')} |`)
    .join('\n');
  const list = commands.map(({ name, describe }) => `| [\`${name}\`](#tokometer-${name}) | ${escapeCell(describe)} |`);
  const parts = {
    perf: {
      text: '',
      after: `### Flags of EvalScope that are not there yet

They are refused by name, never ignored.

| flag | instead |
| --- | --- |
${evalscope}

`,
    },
    transformers: {
      text: "Qwen's `speed_benchmark_transformers.py`: its flags, and its CSV in the outputs folder beside the run directory.",
    },
    vllm: { text: "Qwen's `speed_benchmark_vllm.py` in the same way." },
    batch: {
      text: `\`tokometer batch FILE\` runs a list of plans from a YAML or JSON file, one after the other, and goes on where it stopped. The file has:

| key | what it holds |
| --- | --- |
| \`name\` | The folder below \`outputs/batch\`; the file's own name when there is none. |
| \`defaults\` | Options of every run, by the names of the flags of \`tokometer perf\`, as in a config file. |
| \`matrix\` | Options with a list of values each: every combination is a run. A list of such mappings, one after the other, is taken too. |
| \`runs\` | A list of runs, each a mapping of options over the defaults. |

\`examples/small.yaml\` and \`examples/qwen2.5-matrix.yaml\` show both. A run is done when its folder holds the summary of a whole run; remove
the folder to measure it again. The exit code is the worst of all runs.`,
    },
    report: {
      text: `\`tokometer report <run directory>...\` summarises runs again from their records, a run that was stopped among them.
[formats.md](formats.md) explains the formats, [push.md](push.md) \`--push\`, [read-the-report.md](read-the-report.md) how to read the page.`,
    },
    query: {
      text: '`tokometer query RUN... "select ..."`: SQL over the results of many runs. [query.md](query.md) has the tables.',
    },
    compare: {
      text: `\`tokometer compare BASE CANDIDATE\`: each a run directory, a summary.json, a saved baseline, or a file or folder of EvalScope,
llama-bench or vLLM bench. [compare.md](compare.md) explains verdicts and gates.`,
    },
    models: { text: 'The checkpoints of the catalogue and whether this machine holds them.' },
    published: {
      text: 'The speeds that Qwen published, with the definition of speed of each; [published.md](published.md) explains them.',
    },
    doctor: {
      text: `Which engines can run here and what is missing; with \`--calibrate\`, what the client itself costs here
([calibration.md](calibration.md)).`,
    },
    env: {
      text: '`tokometer env create transformers|vllm`, `env list`, `env remove NAME`: Python environments with the engines in them.',
    },
    reference: { text: '' },
    completion: { text: 'Prints a script that completes commands, flags and their values.' },
    help: {
      text: '`tokometer help` lists its topics; `help COMMAND` is `COMMAND --help`; `help metrics ttft` explains one metric.',
    },
  };
  const missing = commands.filter(({ name }) => parts[name] === undefined).map(({ name }) => name);
  if (missing.length > 0) throw new Error(`docs/cli.md has no part for ${missing.join(', ')}`);
  const described = await Promise.all(
    commands.map(async ({ name, options }) => commandPart(name, await options(), parts[name])),
  );
  return `<!-- Generated by scripts/generate-docs.js from the option tables. -->

# Options

\`man tokometer\` has the same where the package is installed with its man page, \`tokometer COMMAND --help\` everywhere.

Hyphens and underscores are the same in a flag. A config file (\`--config\`, YAML or JSON) has the same names without the
dashes. Flags win over environment variables, those over the file. Times are seconds unless a unit follows (\`90s\`, \`2m\`).

| command | what it does |
| --- | --- |
${list.join('\n')}

${described.join('\n')}
## Exit codes

${helpTable(exitCodesPage, ['code', 'when'])}
## Environment

${helpTable(await readEnvironmentPage(), ['variable', 'what it does'])}
## Files of a run

${helpTable(filesPage, ['file', 'what it holds'])}`;
}
