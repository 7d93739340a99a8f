/**
 * What a person sees while a run is under way. Comes in: what run tells, and the live counters. Goes out: lines on the
 * stream it was given, never on stdout. Knows no engine and no metric; nothing here runs inside a measurement.
 */
import { styleText } from 'node:util';
import { oneLine } from '../../base/escape.ts';
import type { LiveCounters } from '../../base/live-counters.ts';
import { formatCount } from '../../base/units.ts';
import type { PassEnd, PassProgress, RequestProgress, RunObserver } from '../../contract/engine.ts';
import { displayWidth, padToWidth, wrapToWidth } from '../../report/table/text-layout.ts';
import { LivePass } from './live-pass.ts';
import { LiveLog } from './live-log.ts';
import { LiveScreen } from './live-screen.ts';
import { columnsOf } from './progress-stream.ts';
import type { ProgressStream } from './progress-stream.ts';
import { failedText, passEndText, passText, requestText, resultText, rowLabel } from './progress-text.ts';

export interface ProgressInput {
  readonly stream: ProgressStream;
  readonly counters: LiveCounters;
  /** Only warnings and failed requests are told. */
  readonly quiet: boolean;
  readonly debug: boolean;
  /** Where there is no terminal: one line every so many requests; 0 for none. */
  readonly logEveryRequests: number;
  readonly colour: boolean;
  /** Milliseconds of any clock that only rises. */
  readonly now: () => number;
}

/** An observer that writes. `stop` ends the live line and may be called twice. */
export interface ProgressView extends RunObserver {
  title(text: string): void;
  stop(): void;
}

type Style = 'green' | 'yellow' | 'red' | 'cyan' | 'dim' | 'bold';

interface Line {
  /** Before the text, in a column of its own. */
  readonly label: string;
  readonly text: string;
  /** Stands before the label on a terminal. */
  readonly glyph: string;
  readonly style: Style;
}

const labelWidth = 10;
// On a terminal a message is wrapped; in a log it is one line, so that it can be searched.
const longestMessage = 1000;

export function createProgress(input: ProgressInput): ProgressView {
  const { stream, counters, quiet, colour } = input;
  const onTerminal = stream.isTTY === true;
  const paint = (style: Style, text: string): string =>
    colour ? styleText(style, text, { validateStream: false }) : text;
  const live = new LivePass(counters, input.now);
  const spinner = (text: string): string => paint('cyan', text);
  const screen = onTerminal && !quiet ? new LiveScreen({ stream, spinner, text: () => live.text() }) : null;
  let finishedCell: Line | null = null;

  const print = (line: Line): void => {
    const head = headOf(line, onTerminal);
    const columns = onTerminal ? columnsOf(stream) : null;
    const lines = layOut(head, line.text, columns).map((text, index) =>
      index === 0 && text.startsWith(head) ? paint(line.style, head) + text.slice(head.length) : text,
    );
    const text = lines.map((one) => `${one}\n`).join('');
    if (screen === null) stream.write(text);
    else screen.printAbove(text);
  };
  const unlessQuiet = (line: Line): void => {
    if (!quiet) print(line);
  };
  const tell = (text: string): void => unlessQuiet({ label: 'requests', text, glyph: '', style: 'dim' });
  const log = onTerminal || quiet ? null : new LiveLog({ live, everyRequests: input.logEveryRequests, tell });
  const flushCell = (): void => {
    if (finishedCell !== null) unlessQuiet(finishedCell);
    finishedCell = null;
  };

  return {
    title(text) {
      if (quiet) return;
      const lines = onTerminal ? wrapToWidth(oneLine(text), columnsOf(stream)) : [oneLine(text)];
      stream.write(`${lines.map((line) => `${paint('bold', line)}\n`).join('')}${onTerminal ? '\n' : ''}`);
    },
    stage(name, detail) {
      unlessQuiet({ label: name, text: detail, glyph: '✔', style: 'green' });
    },
    note(text) {
      unlessQuiet({ label: 'note', text, glyph: '·', style: 'dim' });
    },
    warning(text) {
      print({ label: 'warning', text, glyph: '!', style: 'yellow' });
    },
    debug(text) {
      if (input.debug) print({ label: 'debug', text, glyph: '·', style: 'dim' });
    },
    pass(progress: PassProgress) {
      if (screen !== null && live.cell !== progress.cell) flushCell();
      live.begin(progress);
      if (screen === null) unlessQuiet({ label: 'pass', text: passText(progress), glyph: '', style: 'dim' });
      else screen.start();
      if (progress.kind === 'load') log?.start();
    },
    request(progress: RequestProgress) {
      const { done, promptTokens, failure } = progress;
      if (failure !== null) {
        print({ label: 'failed', text: failedText(progress, failure), glyph: '✖', style: 'red' });
      } else if (screen !== null) {
        const ended = progress.phase === 'measured' && live.isLastRepetition();
        const text = ended ? resultText(progress, live.repetition) : null;
        if (text !== null) finishedCell = { label: formatCount(promptTokens ?? 0), text, glyph: '✔', style: 'green' };
      } else if (input.logEveryRequests > 0 && done % input.logEveryRequests === 0) {
        unlessQuiet({ label: 'requests', text: requestText(progress), glyph: '', style: 'dim' });
      }
    },
    passEnd(end: PassEnd) {
      log?.stop();
      const { pass } = live;
      if (end.firstFailure !== null) {
        const text = `${formatCount(end.failed)} of ${formatCount(end.done)} requests; the first: ${end.firstFailure}`;
        print({ label: 'failed', text, glyph: '✖', style: 'red' });
      }
      if (pass === null || (pass.phase === 'warmup' && screen !== null)) return;
      const label = screen !== null ? rowLabel(pass) : end.done < pass.requests ? 'stopped' : 'passed';
      unlessQuiet({ label, text: passEndText(end), glyph: '✔', style: 'green' });
    },
    stop() {
      log?.stop();
      flushCell();
      screen?.stop();
    },
  };
}

function headOf({ glyph, label }: Line, onTerminal: boolean): string {
  return `${onTerminal ? `${glyph} ` : ''}${padToWidth(oneLine(label, 40), labelWidth)} `;
}

// null columns: a log. Continuations start under the text.
function layOut(head: string, text: string, columns: number | null): string[] {
  const clean = oneLine(text, longestMessage);
  if (columns === null) return [head + clean];
  const indent = ' '.repeat(displayWidth(head));
  return wrapToWidth(clean, Math.max(1, columns - indent.length)).map(
    (line, index) => `${index === 0 ? head : indent}${line}`,
  );
}
