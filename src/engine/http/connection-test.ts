import { setTimeout as sleep } from 'node:timers/promises';
import { TokometerError } from '../../base/errors.ts';
import { oneLine } from '../../base/escape.ts';
import type { Tell } from '../../contract/engine.ts';
import type { Prompt, RequestSpec } from '../../contract/request.ts';
import type { Completion } from './answer.ts';
import type { CompletionClient } from './completion-client.ts';
import { hintFor } from './failure-hints.ts';
import { silentSink } from '../silent-sink.ts';
import { isUnknownModel } from './server-words.ts';
import type { ServerUrls } from './server-urls.ts';
import { isCertificateCode, isNoTlsCode } from './wire-failures.ts';

export interface ConnectionTestInput {
  readonly client: CompletionClient;
  readonly tell: Tell;
  readonly url: string;
  readonly urls: ServerUrls;
  readonly model: string;
  /** Names under which the server serves models, as far as known. */
  readonly models: readonly string[];
  readonly temperature: number | null;
  readonly extraArguments: Readonly<Record<string, unknown>>;
  /** How long a server may go on loading its model. */
  readonly loadingLimitMs: number;
}

const loadingPauseMs = 1000;

export interface ConnectionTestResult {
  readonly completion: Completion;
  /** The server was still loading its model: what it said of itself before may be wrong now. */
  readonly waited: boolean;
}

/** One tiny real completion, with the fields of the run. Throws E_CONNECTION_TEST. */
export async function testConnection(input: ConnectionTestInput): Promise<ConnectionTestResult> {
  const { client, tell } = input;
  const startedMs = performance.now();
  let waited = false;
  let prompt: Prompt = { kind: 'text', text: 'Hello' };
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- one after another is the point
    const completion = await client.complete(testRequest(input, prompt), silentSink, new AbortController().signal);
    if (isAnswered(completion)) return { completion, waited };
    if (prompt.kind === 'text' && wantsIds(completion)) {
      // A server without a tokenizer takes ids only. These are in every vocabulary of a language model, and plain text.
      prompt = { kind: 'ids', ids: Uint32Array.of(1000, 1001, 1002, 1003) };
      continue;
    }
    if (!isLoading(completion) || performance.now() - startedMs > input.loadingLimitMs)
      throw refusal(input, completion);
    if (!waited) {
      const seconds = Math.round(input.loadingLimitMs / 1000);
      tell.note(`The server is still loading ("${completion.words ?? ''}"); it gets up to ${seconds} s.`);
    }
    waited = true;
    // oxlint-disable-next-line no-await-in-loop -- a pause between tries
    await sleep(Math.min(loadingPauseMs, input.loadingLimitMs));
  }
}

function testRequest(input: ConnectionTestInput, prompt: Prompt): RequestSpec {
  const { temperature, extraArguments } = input;
  const promptTokens = prompt.kind === 'ids' ? prompt.ids.length : 1;
  return { index: -1, prompt, promptTokens, outputTokens: 2, minOutputTokens: 2, temperature, extraArguments };
}

// No token at all may be this prompt's fault; tokens that cannot be timed are not.
function isAnswered(completion: Completion): boolean {
  if (completion.failure === null) return true;
  return completion.failure === 'no-tokens' && (completion.usage?.outputTokens ?? 0) === 0;
}

function wantsIds(completion: Completion): boolean {
  return (completion.httpStatus ?? 0) >= 400 && /tokeni[sz]er/i.test(completion.words ?? '');
}

function isLoading(completion: Completion): boolean {
  if (completion.httpStatus !== 503) return false;
  return completion.headers.has('retry-after') || /load|start|ready|warm|initiali/i.test(completion.words ?? '');
}

function refusal(input: ConnectionTestInput, completion: Completion): TokometerError {
  const kind = completion.failure ?? 'engine';
  const detail = (completion.message ?? 'no answer').replace(`${input.url}: `, '');
  const key = completion.httpStatus === 401 || completion.httpStatus === 403 ? ': it refuses the key' : '';
  const model = kind === 'http-status' && isUnknownModel(completion.words ?? '') ? ` (--model ${input.model})` : '';
  return new TokometerError(
    'E_CONNECTION_TEST',
    oneLine(`The connection test of ${input.url} failed${key}: ${detail}${model}`, 500),
    {
      hint: hintOf(input, completion) ?? `${hintFor(kind)} --no-test-connection skips this test.`,
    },
  );
}

function hintOf(input: ConnectionTestInput, completion: Completion): string | null {
  const { code, failure, httpStatus } = completion;
  if (isCertificateCode(code)) {
    return 'If you trust this server, name its certificate authority: NODE_EXTRA_CA_CERTS=/path/to/ca.pem tokometer ...';
  }
  if (isNoTlsCode(code)) return 'Begin --url with http:// if the server has no TLS.';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'Correct the host name in --url.';
  const plain = input.url.startsWith('http://');
  if (plain && httpStatus === null && (failure === 'reset' || failure === 'bad-stream')) {
    return 'Begin --url with https:// if the server speaks TLS; else look at its log.';
  }
  if (httpStatus === 401 || httpStatus === 403) return 'Give a valid key with --api-key.';
  if (failure === 'http-status' && isUnknownModel(completion.words ?? '')) return modelHint(input.models);
  if (httpStatus === 404 || httpStatus === 405 || failure === 'not-json') return pathHint(input);
  if ((httpStatus ?? 0) >= 500) return "Look at the server's log.";
  if ((httpStatus ?? 0) >= 300 && (httpStatus ?? 0) < 400)
    return 'Redirects are not followed: give the final address as --url.';
  return null;
}

function modelHint(models: readonly string[]): string {
  if (models.length === 0) return 'Give the name under which the server serves the model as --model.';
  const shown = models.slice(0, 8).map((model) => oneLine(model, 120));
  const more = models.length > shown.length ? ` and ${models.length - shown.length} more` : '';
  return `The server serves ${shown.join(', ')}${more}: give one of these as --model.`;
}

function pathHint({ url, urls, models }: ConnectionTestInput): string {
  if (urls.likelyEndpoint !== url) return `The endpoint is most likely --url ${urls.likelyEndpoint}.`;
  if (models.length > 0)
    return `The server lists its models, but has no completions endpoint there. ${modelHint(models)}`;
  return `Check the path in --url: on most servers it is ${new URL('/v1/completions', url).href}.`;
}
