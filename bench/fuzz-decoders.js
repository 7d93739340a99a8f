// Fuzzes the decoders of the hot path against references (after npm run build):
//
//   node bench/fuzz-decoders.js [cases=1000000] [seed=1]
//
// Responses: valid and damaged HTTP/1.1, several on a connection, cut anywhere, against llhttp as Node has it; some thousands of
// valid ones against undici over a real socket. Events: streams with every line end, cut anywhere, against eventsource-parser.
// Streams of events that are like one another: what is told by a glance against what is walked, and reads that go past the
// decoders against bytes that go through them.
// Differences that are intended are counted by name; any other is printed with the shortest input found, and the exit code is 1.
import { alikeCase, alikeDifference, readAsCut, readByteByByte } from './fuzz/alike-events.js';
import { alikeReadCase, alikeReadDifference, past, readPastDecoders, readThroughDecoders } from './fuzz/alike-reads.js';
import { eventCase, eventDifference, hasErrorField, readOurEvents, readTheirEvents } from './fuzz/event-streams.js';
import { readLlhttp, readOurs } from './fuzz/response-readers.js';
import { responseDifference } from './fuzz/response-differences.js';
import { responseCase } from './fuzz/responses.js';
import { shrink } from './fuzz/chance.js';
import { checkAgainstUndici } from './fuzz/undici-check.js';

const count = Number(process.argv[2] ?? 1_000_000);
const seed = Number(process.argv[3] ?? 1);
if (!Number.isSafeInteger(count) || count < 1 || !Number.isSafeInteger(seed)) {
  throw new Error('usage: node bench/fuzz-decoders.js [cases] [seed]');
}

const maximumShown = 5;
const thousands = (number) => Math.round(number).toLocaleString('en-US');

function report({ name, cases, differences, startedMs, named }) {
  const seconds = (performance.now() - startedMs) / 1000;
  console.log(
    `${name}: ${thousands(cases)} cases, ${thousands(cases / seconds)} cases/s, ${differences} differences, seed ${seed}`,
  );
  for (const [text, times] of [...named].toSorted((one, other) => other[1] - one[1])) {
    console.log(`  intended, ${thousands(times)} times: ${text}`);
  }
}

function show({ bytes, cuts, number, wrong, ours, theirs }) {
  console.log(`  case ${number}: ${wrong}`);
  console.log(`    bytes  ${JSON.stringify(bytes.toString('latin1'))}  cut at ${cuts.join(' ')}`);
  console.log(`    ours   ${JSON.stringify(ours)}\n    theirs ${JSON.stringify(theirs)}`);
}

/** Compares two readings of many cases; returns the number of differences that are not intended. */
function fuzz({ name, cases = count, make, readOne, readOther, compare }) {
  const startedMs = performance.now();
  const named = new Map();
  let differences = 0;
  for (let number = 0; number < cases; number++) {
    const input = make(seed, number);
    const result = compare(readOne(input), readOther(input), input);
    if (result === null) continue;
    if (typeof result === 'string') {
      named.set(result, (named.get(result) ?? 0) + 1);
      continue;
    }
    if (++differences > maximumShown) continue;
    const small = shrink(input, (candidate) => {
      const found = compare(readOne(candidate), readOther(candidate), candidate);
      return typeof found === 'object' && found !== null;
    });
    const [ours, theirs] = [readOne(small), readOther(small)];
    show({ ...small, number, wrong: compare(ours, theirs, small).wrong, ours, theirs });
  }
  report({ name, cases, differences, startedMs, named });
  return differences;
}

let differences = fuzz({
  name: 'responses against llhttp',
  make: responseCase,
  readOne: readOurs,
  readOther: readLlhttp,
  compare: (ours, llhttp, { bytes }) => responseDifference(ours, llhttp, bytes),
});

const socketCases = Math.min(5000, Math.ceil(count / 200));
const startedMs = performance.now();
const wrong = await checkAgainstUndici(socketCases, seed);
for (const { number, bytes, ours, wanted } of wrong.slice(0, maximumShown)) {
  show({ bytes, cuts: [bytes.length], number, wrong: 'undici reads something else', ours, theirs: wanted });
}
report({
  name: 'responses against undici',
  cases: socketCases,
  differences: wrong.length,
  startedMs,
  named: new Map(),
});
differences += wrong.length;

differences += fuzz({
  name: 'events against eventsource-parser',
  make: eventCase,
  readOne: readOurEvents,
  readOther: readTheirEvents,
  compare: (ours, theirs, input) =>
    eventDifference(ours, theirs) ??
    (hasErrorField(input) ? 'Tokometer takes the data of a field named error for an error' : null),
});

differences += fuzz({
  name: 'events by a glance against walked ones',
  cases: Math.ceil(count / 10),
  make: alikeCase,
  readOne: readAsCut,
  readOther: readByteByByte,
  compare: alikeDifference,
});

differences += fuzz({
  name: 'reads that go past the decoders against bytes that go through them',
  cases: Math.ceil(count / 10),
  make: alikeReadCase,
  readOne: readPastDecoders,
  readOther: readThroughDecoders,
  compare: alikeReadDifference,
});
console.log(`  ${thousands(past.reads)} reads went past the decoders`);
if (past.reads < count / 100) throw new Error('hardly a read went past the decoders');

process.exitCode = differences === 0 ? 0 : 1;
