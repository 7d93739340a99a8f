// How well the reference server keeps its script: each write's own stamp against the time it was due.
// node bench/reference-pacing.js [requests]      (after npm run build)
import { spawn } from 'node:child_process';
import http from 'node:http';
import os from 'node:os';
import { fileURLToPath } from 'node:url';

import { writeServeArgument } from '../dist/engine/reference/serve-argument.js';

const serve = fileURLToPath(new URL('../dist/engine/reference/serve.js', import.meta.url));
const cases = [
  { streams: 1, itlMs: 10, tokens: 64, requests: Number(process.argv[2] ?? 20) },
  { streams: 1, itlMs: 1, tokens: 256, requests: Number(process.argv[2] ?? 20) },
  { streams: 64, itlMs: 20, tokens: 64, requests: 256 },
];
const ttftMs = 50;

function start(itlMs) {
  const timing = { ttftMs, itlMs, jitterMs: 0, prefillTokensPerSecond: null, tokensPerChunk: 1, seed: 1 };
  const argument = writeServeArgument({
    host: '127.0.0.1',
    port: 0,
    timing,
    model: 'reference',
    strictModel: false,
    usage: 'running',
    maxLength: 4096,
    faults: [],
    tokenize: true,
    promptIds: true,
    addedTokens: 0,
    reasoningTokens: 0,
    eventsPerWrite: 1,
    apiKey: null,
  });
  const child = spawn(process.execPath, [serve, argument], { stdio: ['pipe', 'pipe', 'inherit'] });
  return new Promise((resolve) => {
    child.stdout.once('data', (text) => resolve({ child, url: JSON.parse(String(text)).url }));
  });
}

function request(agent, { method, url, body }) {
  return new Promise((resolve, reject) => {
    const sent = http.request(url, { method, agent, headers: { 'content-type': 'application/json' } }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part) => (text += part));
      answer.on('end', () => resolve(text));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

function quantile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

async function measure({ streams, itlMs, tokens, requests }) {
  const { child, url } = await start(itlMs);
  const agent = new http.Agent({ keepAlive: true, maxSockets: streams });
  const body = JSON.stringify({
    model: 'reference',
    prompt: [1000],
    max_tokens: tokens,
    ignore_eos: true,
    stream: true,
  });
  const complete = () => request(agent, { method: 'POST', url: `${url}/v1/completions`, body });
  // The first requests run cold code in the server; they are not its pacing.
  await Promise.all(Array.from({ length: Math.max(4, streams) }, complete));
  await request(agent, { method: 'DELETE', url: `${url}/reference/stamps` });
  let left = requests;
  const worker = async () => {
    while (left-- > 0) await complete();
  };
  await Promise.all(Array.from({ length: streams }, worker));
  const stamps = JSON.parse(await request(agent, { method: 'GET', url: `${url}/reference/stamps` }));
  agent.destroy();
  child.stdin.end();
  const errorsUs = stamps.flatMap(({ receivedNs, writes }) =>
    writes.map(
      ({ atNs }, place) => (Number(BigInt(atNs) - BigInt(receivedNs)) - (ttftMs + place * itlMs) * 1e6) / 1000,
    ),
  );
  errorsUs.sort((one, other) => one - other);
  return {
    streams,
    itlMs,
    n: errorsUs.length,
    p50: quantile(errorsUs, 0.5),
    p99: quantile(errorsUs, 0.99),
    max: errorsUs.at(-1),
  };
}

console.log(
  `${os.cpus()[0]?.model.trim()}, ${os.cpus().length} cores, Node ${process.version}, load ${os.loadavg()[0]?.toFixed(1)}`,
);
console.log('| streams x gap | writes | error p50, us | p99, us | max, us |\n| --- | --- | --- | --- | --- |');
for (const one of cases) {
  const { streams, itlMs, n, p50, p99, max } = await measure(one);
  console.log(`| ${streams} x ${itlMs} ms | ${n} | ${p50.toFixed(1)} | ${p99.toFixed(0)} | ${max.toFixed(0)} |`);
}
