import type { OptionValues } from './option.ts';
import { option } from './option.ts';
import { referenceOptions } from './reference.ts';
import { choice, integer, text, texts, toggle } from './value-types.ts';

/** Every option of `tokometer reference`. */
export const referenceServerOptions = {
  host: option({
    flag: 'host',
    type: text('address'),
    default: '127.0.0.1',
    describe: 'Address to listen on.',
    group: 'Served API',
  }),
  port: option({
    flag: 'port',
    type: integer({ min: 0, max: 65_535 }),
    default: 8000,
    describe: 'Port to listen on; 0 takes a free one.',
    group: 'Served API',
  }),
  servedModel: option({
    flag: 'model',
    type: text('name'),
    default: 'reference',
    describe: 'Model name that /v1/models lists. Any name is accepted in requests unless --strict-model is given.',
    group: 'Model',
  }),
  strictModel: option({
    flag: 'strict-model',
    type: toggle(),
    default: false,
    describe: 'Answer 404 to requests for another model.',
    group: 'Model',
  }),
  maxLength: option({
    flag: 'max-model-len',
    type: integer({ min: 2 }),
    default: 131_072,
    describe: 'Longest prompt + generation.',
    group: 'Model',
  }),
  ...referenceOptions,
  seed: option({
    flag: 'seed',
    type: integer({ min: 0 }),
    default: 42,
    describe: 'Seed of jitter and texts.',
    group: 'Reference engine',
  }),
  usage: option({
    flag: 'usage',
    type: choice(['final', 'running', 'off']),
    default: 'running',
    describe: 'running: counts with every chunk when the client asks. final: a usage chunk at the end. off: never.',
    group: 'Reference engine',
  }),
  takesIds: option({
    flag: 'prompt-ids',
    type: toggle(),
    default: true,
    describe: 'Take token ids as prompts.',
    group: 'Reference engine',
  }),
  tokenizeEndpoint: option({
    flag: 'tokenize',
    type: toggle(),
    default: true,
    describe: 'Answer /tokenize.',
    group: 'Reference engine',
  }),
  addedTokens: option({
    flag: 'added-tokens',
    type: integer({ min: 0 }),
    default: 0,
    describe: 'Tokens added to every prompt, as a beginning-of-sequence token is.',
    group: 'Reference engine',
  }),
  reasoningTokens: option({
    flag: 'reasoning-tokens',
    type: integer({ min: 0 }),
    default: 0,
    describe: 'On the chat endpoint: tokens of reasoning before the answer.',
    group: 'Reference engine',
  }),
  eventsPerWrite: option({
    flag: 'events-per-write',
    type: integer({ min: 1 }),
    default: 1,
    describe: 'Events that leave in one socket write, as a fast server coalesces them.',
    group: 'Reference engine',
  }),
  faults: option({
    flag: 'fault',
    type: texts('kind[@n]'),
    default: [],
    describe: 'Misbehave in every n-th request: a wrong kind is answered with the list of kinds.',
    group: 'Reference engine',
    example: '--fault hang-mid-stream@2',
  }),
  metrics: option({
    flag: 'metrics',
    type: toggle(),
    default: true,
    describe: "Answer /metrics with the server's own counts and times, under vLLM's names.",
    group: 'Reference engine',
  }),
  apiKey: option({
    flag: 'api-key',
    type: text('key'),
    default: null,
    describe: 'Answer 401 to requests without this bearer token.',
    group: 'Served API',
  }),
};

export type ReferenceServerValues = OptionValues<typeof referenceServerOptions>;
