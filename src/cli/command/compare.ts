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
import { operandsOf, placesOf, readSide } from '../compare-sides.ts';
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
    if (options.saveBaseline !== null) {
      const [place] = operandsOf(line.operands, 1);
      const file = await saveBaseline(outputs, options.saveBaseline, await readResult(place, outputs));
      stderr.write(`saved ${file}\n`);
      return exitCodes.ok;
    }
    const gates = (options.failIf ?? []).map(parseGate);
    const allowed = parseAllowed(options.allowDifferent ?? []);
    const [base, candidate] = placesOf(line.operands, options);
    const sides = [await readSide(base, outputs), await readSide(candidate, outputs)] as const;
    const comparison = checkGates(compareSummaries(...sides, allowed), gates);
    stdout.write(renderComparison(comparison, options.format, columnsOf(stdout, environment)));
    const missed = comparison.gates.filter((gate) => gate.missed);
    if (missed.length > 0) throw new TokometerError('E_GATE', missed.map(({ text }) => text).join('; '));
    return exitCodes.ok;
  },
};
