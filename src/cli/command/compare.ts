import { exitCodes, TokometerError } from '../../base/errors.ts';
import { checkGates, parseGate } from '../../metrics/comparison/gate.ts';
import { compareSummaries } from '../../metrics/comparison/compare-summaries.ts';
import { parseAllowed } from '../../metrics/comparison/fingerprint.ts';
import { compareOptions } from '../../plan/option/compare.ts';
import { Problems } from '../../plan/problems.ts';
import { readOptions } from '../../plan/read-options.ts';
import { renderComparison } from '../../report/comparison/render-comparison.ts';
import { listBaselines, saveBaseline } from '../../store/baselines.ts';
import type { CommandModule } from '../command-module.ts';
import { helpText } from '../help-text.ts';
import { optionCommand, parseLine } from '../option-command.ts';
import { readResult } from '../read-result.ts';
import { columnsOf } from '../terminal.ts';

/** `tokometer compare`: two results beside each other, a gate on the difference, and baselines by name. */
export const compareCommand: CommandModule = {
  async run({ argv, environment, stdout, stderr }) {
    const command = optionCommand('compare', compareOptions);
    if (argv.includes('--help') || argv.includes('-h')) {
      stdout.write(helpText(command, 'compare', stdout.columns));
      return exitCodes.ok;
    }
    const line = parseLine(command, compareOptions, argv);
    const problems = new Problems('compare');
    const options = readOptions(compareOptions, { flags: line.flags, environment }, problems);
    problems.throwIfAny();
    const outputs = options.outputsDirectory;
    if (options.listBaselines) {
      stdout.write((await listBaselines(outputs)).map((name) => `${name}\n`).join(''));
      return exitCodes.ok;
    }
    const [base, candidate] = operandsOf(line.operands, options.saveBaseline === null ? 2 : 1);
    if (options.saveBaseline !== null) {
      const file = await saveBaseline(outputs, options.saveBaseline, await readResult(base, outputs));
      stderr.write(`saved ${file}\n`);
      return exitCodes.ok;
    }
    const gates = (options.failIf ?? []).map(parseGate);
    const allowed = parseAllowed(options.allowDifferent ?? []);
    const sides = [await readResult(base, outputs), await readResult(candidate, outputs)] as const;
    const comparison = checkGates(compareSummaries(...sides, allowed), gates);
    stdout.write(renderComparison(comparison, options.format, columnsOf(stdout, environment)));
    const missed = comparison.gates.filter((gate) => gate.missed);
    if (missed.length > 0) throw new TokometerError('E_GATE', missed.map(({ text }) => text).join('; '));
    return exitCodes.ok;
  },
};

function operandsOf(operands: readonly string[], count: 1 | 2): [base: string, candidate: string] {
  const [base = '', candidate = ''] = operands;
  if (operands.length === count) return [base, candidate];
  const wanted = count === 1 ? '--save-baseline takes one result' : 'tokometer compare takes two results';
  throw new TokometerError('E_USAGE', `${wanted}, got ${operands.length}`, {
    hint: 'such as tokometer compare outputs/qwen2.5/20260131_120000 outputs/qwen2.5/20260207_120000; results come before flags',
  });
}
