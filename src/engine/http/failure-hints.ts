import type { FailureKind } from '../../contract/request.ts';

const hints: Readonly<Record<FailureKind, string>> = {
  connect: 'Check that the server runs and that --url names its host and port.',
  'connect-timeout': 'Check the host and port in --url, or allow more time with --connect-timeout.',
  'read-timeout':
    'The server fell silent: look at its log, or allow longer silences with --read-timeout (a long prompt is one).',
  'total-timeout': 'Allow more time for each request with --total-timeout, or generate fewer tokens with --max-tokens.',
  reset: 'The server or a proxy dropped the connection: look at its log, and lower --parallel if it was overloaded.',
  'http-status': "The server's own words say why it refused; --debug shows the request.",
  'not-json': 'Something other than the API answered: check the path in --url, which ends in /v1/completions.',
  'bad-stream': 'The server or a proxy between damaged the stream: try without the proxy, or with --no-stream.',
  'bad-utf8': 'The server or a proxy between damaged the text: try without the proxy, or with --no-stream.',
  'server-error': "The engine failed while it generated: look at the server's log.",
  truncated: "The stream was cut: look at the server's log, and at the time limits of a proxy between.",
  'no-tokens': 'Set --min-tokens equal to --max-tokens so that the end of text is ignored; --debug shows the request.',
  'context-length': 'Prompt and output do not fit: lower --prompt-lengths or --max-tokens, or serve a longer context.',
  engine: "Look at the engine's log; --debug shows the request.",
  cancelled: 'The run was interrupted; what was measured before is kept.',
};

/** What helps against a kind of failure: one sentence, flags by name. */
export function hintFor(kind: FailureKind): string {
  return hints[kind];
}
