import { exitCodes, TokometerError } from '../../base/errors.ts';
import { commands } from '../commands.ts';
import type { CommandModule } from '../command-module.ts';
import { bashCompletion } from '../completion/bash.ts';
import { completedCommands } from '../completion/completed-words.ts';
import { fishCompletion } from '../completion/fish.ts';
import { zshCompletion } from '../completion/zsh.ts';
import { helpText } from '../help-text.ts';
import { optionCommand } from '../option-command.ts';

const shells = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };

/** `tokometer completion`: a script that teaches a shell the commands, flags and values. */
export const completionCommand: CommandModule = {
  async run({ argv, stdout }) {
    if (argv.includes('--help') || argv.includes('-h')) {
      stdout.write(helpText(optionCommand('completion', {}), 'completion', stdout.columns));
      return exitCodes.ok;
    }
    const [shell, ...more] = argv;
    const isKnown = shell === 'bash' || shell === 'zsh' || shell === 'fish';
    if (!isKnown || more.length > 0) {
      const got = argv.length === 0 ? 'none' : `"${argv.join(' ')}"`;
      throw new TokometerError('E_USAGE', `tokometer completion takes the name of a shell, got ${got}`, {
        hint: 'bash, zsh or fish: source <(tokometer completion bash)',
      });
    }
    stdout.write(shells[shell](await completedCommands(commands)));
    return exitCodes.ok;
  },
};
