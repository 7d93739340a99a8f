import { existsSync } from 'node:fs';

import { exitCodes } from '../../base/errors.ts';
import { maskSecrets } from '../../base/mask-secrets.ts';
import { transformersScriptOptions, vllmScriptOptions } from '../../plan/option/scripts.ts';
import { planScript, type ScriptName } from '../../plan/plan-script.ts';
import type { CommandModule } from '../command-module.ts';
import { helpText } from '../help-text.ts';
import { optionCommand, parseLine } from '../option-command.ts';

/** `tokometer transformers` and `tokometer vllm`: Qwen's scripts, with their flags and their CSV. */
export function scriptCommand(script: ScriptName): CommandModule {
  return {
    async run(context) {
      const { argv, environment, stdout } = context;
      const table = script === 'transformers' ? transformersScriptOptions : vllmScriptOptions;
      const command = optionCommand(script, table);
      if (argv.includes('--help') || argv.includes('-h')) {
        stdout.write(helpText(command, script, stdout.columns));
        return exitCodes.ok;
      }
      const { flags, operands } = parseLine(command, table, argv);
      const planned = planScript(script, { flags, operands, environment });
      if (planned.options.printPlan) {
        stdout.write(`${JSON.stringify(maskSecrets(planned.plan), null, 2)}\n`);
        return exitCodes.ok;
      }
      const { measurePlanned } = await import('../measure-planned.ts');
      return measurePlanned(planned, context, { command: script, csv: { isFolder: existsSync(planned.plan.model) } });
    },
  };
}
