// The commands that the documents show, as a reader would type them.
import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

import { parse } from 'yaml';

export const repository = path.resolve(import.meta.dirname, '../..');

export interface DocumentedCommand {
  /** From the root of the repository: `docs/load.md`. */
  readonly page: string;
  readonly line: number;
  /** On one line, without the comment behind it. */
  readonly text: string;
  /** What a comment `# exit code 6` behind it says; 0 without one. */
  readonly exitCode: number;
  /** It stands in a sentence, and not in a block. */
  readonly inSentence: boolean;
}

interface Block {
  /** `sentence`: a command in a line of text. */
  readonly language: string;
  /** Number of its first line. */
  readonly line: number;
  readonly lines: readonly string[];
}

const shells = new Set(['sh', 'bash', 'shell', 'console', 'sentence']);
const fence = /^ *```(\S*)/;
// A form such as `npx tokometer report RUN... --format html|csv` is no command: it has places to be filled in.
const inSentence = /`(npx tokometer [^`]+)`/g;
const placeholder = /\b[A-Z]{2,}\b|\.\.\.|\|/;
const startsLikeCommand = /^\s*(?:\$ )?(?:npx|npm|node|tokometer|bash|git|pip) \S/;

/** Every page that shows commands to users: README in both languages, CONTRIBUTING and the pages right below docs/. */
export async function documentPages(): Promise<string[]> {
  const docs = (await readdir(path.join(repository, 'docs'))).filter((name) => name.endsWith('.md')).toSorted();
  return ['README.md', 'README.zh-CN.md', 'CONTRIBUTING.md', ...docs.map((name) => `docs/${name}`)];
}

export const readPage = (page: string): Promise<string> => readFile(path.join(repository, page), 'utf8');

/** Commands of a page, in its order: those of its shell blocks, of its sentences, and the steps of its workflows. */
export function commandsOf(page: string, markdown: string): DocumentedCommand[] {
  return blocksOf(markdown).flatMap((block) => {
    if (shells.has(block.language)) return commandsOfBlock(page, block);
    return block.language === 'yaml' ? stepsOfBlock(page, block) : [];
  });
}

/** Lines that look like commands, but stand in a block that is not marked as a shell's: nobody would run them. */
export function unmarkedCommands(markdown: string): string[] {
  return blocksOf(markdown)
    .filter(({ language }) => !shells.has(language))
    .flatMap(({ lines }) => lines.filter((line) => startsLikeCommand.test(line)));
}

/** Files that a page shows whole: YAML blocks that open with `# name.yaml`. */
export function filesOf(markdown: string): Map<string, string> {
  const files = new Map<string, string>();
  for (const { language, lines } of blocksOf(markdown)) {
    const name = /^# ([\w./-]+\.ya?ml)$/.exec(lines[0] ?? '')?.[1];
    if (language === 'yaml' && name !== undefined) files.set(name, `${lines.join('\n')}\n`);
  }
  return files;
}

function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = [];
  let open: { language: string; line: number; lines: string[] } | null = null;
  for (const [index, line] of markdown.split('\n').entries()) {
    const language = fence.exec(line)?.[1];
    if (language === undefined) {
      if (open === null) blocks.push(...sentencesOf(line, index + 1));
      else open.lines.push(line);
    } else if (open === null) open = { language, line: index + 2, lines: [] };
    else {
      blocks.push(open);
      open = null;
    }
  }
  if (open !== null) throw new Error(`the block of line ${open.line} has no end`);
  return blocks;
}

function sentencesOf(line: string, number: number): Block[] {
  return [...line.matchAll(inSentence)]
    .map(([, text = '']) => text)
    .filter((text) => !placeholder.test(text))
    .map((text) => ({ language: 'sentence', line: number, lines: [text] }));
}

interface Step {
  readonly run?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, string>>;
}

interface Workflow {
  readonly jobs?: Readonly<Record<string, { readonly steps: readonly Step[] }>>;
}

/** What a workflow of GitHub runs: its lines, and for this repository's own action the step of `action.yml`. */
function stepsOfBlock(page: string, { line, lines }: Block): DocumentedCommand[] {
  const workflow: Workflow | null = parse(lines.join('\n'));
  const steps = Object.values(workflow?.jobs ?? {}).flatMap((job) => job.steps);
  const texts = steps.flatMap((step) => {
    if (step.run !== undefined) return step.run.trim().split('\n');
    return step.uses?.includes('/tokometer@') === true ? [actionLine(step.with ?? {})] : [];
  });
  return texts.map((text) => ({ page, line, text, exitCode: 0, inSentence: false }));
}

interface Action {
  readonly inputs: Readonly<Record<string, { readonly default?: string }>>;
  readonly runs: {
    readonly steps: readonly { readonly run?: string; readonly env?: Readonly<Record<string, string>> }[];
  };
}

function actionLine(given: Readonly<Record<string, string>>): string {
  const action: Action = parse(readFileSync(path.join(repository, 'action.yml'), 'utf8'));
  const unknown = Object.keys(given).filter((name) => !(name in action.inputs));
  if (unknown.length > 0) throw new Error(`action.yml has no input ${unknown.join(', ')}`);
  const step = action.runs.steps.find(({ run }) => run !== undefined);
  const values = Object.entries(step?.env ?? {}).map(([name, value]) => {
    const filled = value.replaceAll(
      /\$\{\{ inputs\.([\w-]+) \}\}/g,
      (_, input: string) => given[input] ?? action.inputs[input]?.default ?? '',
    );
    return `${name}='${filled.replaceAll("'", "'\\''")}'`;
  });
  return `export GITHUB_ACTION_PATH='${repository}' ${values.join(' ')}; ${step?.run ?? ''}`;
}

function commandsOfBlock(page: string, { language, line, lines }: Block): DocumentedCommand[] {
  const commands: DocumentedCommand[] = [];
  let text = '';
  let first = line;
  for (const [index, whole] of lines.entries()) {
    // A console shows what is printed, too: there a command has a prompt before it.
    if (language === 'console' && text === '' && !whole.startsWith('$ ')) continue;
    const [, words = '', comment = ''] = /^(.*?)(?:(?:^|\s+)#\s+(.*))?$/.exec(whole.replace(/^\$ /, '')) ?? [];
    if (text === '') first = line + index;
    text = `${text} ${words.trim()}`.trim();
    if (text.endsWith('\\')) {
      text = text.slice(0, -1).trim();
      continue;
    }
    const exitCode = Number(/exit code (\d+)/.exec(comment)?.[1] ?? 0);
    if (text !== '') commands.push({ page, line: first, text, exitCode, inSentence: language === 'sentence' });
    text = '';
  }
  if (text !== '') throw new Error(`${page}:${first} goes on behind its end: ${text}`);
  return commands;
}
