// What Tokometer itself costs around a measurement: start, summary, memory, files.
//
//   node bench/pipeline.js [--cli dist/bin.js] [--quick] [--results FILE]
//
// Each figure stands beside the limit that it must keep. Run it on an idle machine.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { tokometer, useProgram } from './contestants/tokometer.js';
import { buildTools } from './harness/build-tools.js';
import { contest } from './harness/contest.js';
import { machineFacts, machineLine } from './harness/machine.js';
import { runMeasured } from './harness/run-process.js';
import { spread } from './harness/statistics.js';
import { startTruthServer } from './harness/truth.js';
import { chooseWorkloads } from './workloads.js';

const { values } = parseArgs({
  options: {
    cli: { type: 'string', default: path.join(import.meta.dirname, '..', 'dist', 'bin.js') },
    quick: { type: 'boolean', default: false },
    results: { type: 'string' },
  },
});
const program = path.resolve(values.cli);
const scratch = mkdtempSync(path.join(os.tmpdir(), 'tokometer-pipeline-'));
const figures = [];

function note(figure) {
  figures.push(figure);
  const { title, value, unit, limit } = figure;
  const kept = limit === null ? '' : value <= limit ? `, limit ${limit}: kept` : `, limit ${limit}: NOT KEPT`;
  console.log(`${title}: ${show(value)} ${unit}${kept}`);
}

function show(value) {
  return value.toLocaleString('en-US', { maximumFractionDigits: value < 10 ? 2 : 0 });
}

/** Median time of Node with these words, from spawn to exit. */
function commandTime(title, words, limit) {
  const times = Array.from({ length: values.quick ? 5 : 20 }, () => {
    const begunMs = performance.now();
    const { status } = spawnSync(process.execPath, words, { stdio: 'ignore' });
    if (status !== 0) throw new Error(`${words.join(' ')}: exit ${status}`);
    return performance.now() - begunMs;
  });
  const { median, min, max } = spread(times);
  note({ title, value: median, unit: 'ms', limit, min, max });
}

async function startTime(tools) {
  const [workload] = chooseWorkloads(['D1']);
  const short = { ...workload, tokens: 16, ttftUs: 1000 };
  const starts = [];
  for (let run = 0; run < (values.quick ? 3 : 10); run++) {
    const result = await contest({ contestant: tokometer, workload: short, requests: 1, tools, runningUsage: true });
    if (result.failure !== null) throw new Error(`perf: ${result.failure}\n${result.lastWords}`);
    starts.push(result.startMs);
  }
  const { median, min, max } = spread(starts);
  note({
    title: 'perf: from its start to the first completion request',
    value: median,
    unit: 'ms',
    limit: 400,
    min,
    max,
  });
}

/** A run at a steady pace: its files, and what summarising them again costs. */
async function summaryCost(tools) {
  const requests = 1000;
  const tokens = values.quick ? 100 : 1000;
  const directory = path.join(scratch, 'million');
  const workload = {
    id: 'million',
    parallel: 500,
    tokens,
    promptTokens: null,
    rate: null,
    ttftUs: 50_000,
    itlUs: 10_000,
  };
  const result = await contest({
    contestant: tokometer,
    workload,
    requests,
    tools,
    runningUsage: true,
    keep: directory,
  });
  if (result.failure !== null) throw new Error(`perf: ${result.failure}\n${result.lastWords}`);
  const run = runDirectory(path.join(directory, 'outputs'));
  // Warm-up requests are in the files as well.
  const recorded = result.tokensOfServer / 1e6;
  const bytes = readdirSync(run).reduce((sum, name) => sum + statSync(path.join(run, name)).size, 0);
  const records = statSync(path.join(run, 'records.jsonl')).size;
  note({ title: 'run directory, a million tokens', value: bytes / 1e6 / recorded, unit: 'MB', limit: 12 });
  note({ title: 'records.jsonl of it', value: records / 1e6 / recorded, unit: 'MB', limit: null });
  const costs = [];
  for (let time = 0; time < (values.quick ? 1 : 5); time++) {
    const command = [process.execPath, program, 'report', run];
    const cost = await runMeasured(tools, { command, directory, timeoutSeconds: 120 });
    if (cost.exitCode !== 0) throw new Error(`report: exit ${cost.exitCode}\n${cost.lastWords}`);
    costs.push(cost);
  }
  const size = `${requests.toLocaleString('en-US')} requests x ${tokens.toLocaleString('en-US')} tokens`;
  const seconds = spread(costs.map(({ beginNs, endNs }) => (endNs - beginNs) / 1e9));
  const memory = spread(costs.map(({ peakProcessBytes }) => peakProcessBytes / 1e6));
  note({
    title: `report of ${size}, the whole command`,
    value: seconds.median,
    unit: 's',
    limit: 1,
    ...range(seconds),
  });
  note({ title: 'its memory', value: memory.median, unit: 'MB', limit: 300, ...range(memory) });
}

function range({ min, max }) {
  return { min, max };
}

function runDirectory(folder) {
  const file = readdirSync(folder, { recursive: true }).find((name) => path.basename(name) === 'records.jsonl');
  return path.join(folder, path.dirname(file));
}

/** One sample of the host, as a timer takes it while requests are in flight. */
async function samplerCost() {
  const { startRunClock } = await import(path.join(path.dirname(program), 'base/clock.js'));
  const { HostSampler } = await import(path.join(path.dirname(program), 'telemetry/host/host-sampler.js'));
  const sampler = new HostSampler(startRunClock(), []);
  const costs = Array.from({ length: values.quick ? 100 : 1000 }, () => {
    const begunMs = performance.now();
    sampler.sample({ inFlight: true, timerLateMs: 0 });
    return (performance.now() - begunMs) * 1000;
  });
  sampler.close();
  const { median, min, max } = spread(costs);
  note({ title: 'a sample of the host, once a second', value: median, unit: 'µs', limit: 200, min, max });
}

/** Resident memory after a tenth of a long run and at its end. */
async function memoryGrowth(tools) {
  const directory = path.join(scratch, 'long');
  mkdirSync(directory);
  const workload = { parallel: 64, tokens: 500, promptTokens: null, rate: null, ttftUs: 0, itlUs: 0 };
  const requests = values.quick ? 1000 : 8000;
  const server = await startTruthServer({ tools, workload, directory, markFinish: false, runningUsage: true });
  const [node, ...words] = tokometer.command({ workload, requests, url: server.url, directory, extra: [] });
  const child = spawn(node, words, { stdio: 'ignore' });
  const ended = once(child, 'exit');
  const samples = [];
  const timer = setInterval(() => {
    const resident = residentBytes(child.pid);
    if (resident !== null) samples.push({ atNs: Number(process.hrtime.bigint()), resident });
  }, 100);
  const [code] = await ended;
  clearInterval(timer);
  const truth = await server.stop();
  if (code !== 0) throw new Error(`perf: exit ${code}`);
  // By what was served, not by time: the start and the summary at the end don't belong to the run's length.
  const ends = Float64Array.from(truth, (request) => request.endedNs).toSorted();
  const memoryAt = (share) => {
    const atNs = ends[Math.min(ends.length - 1, Math.floor(share * ends.length))];
    const near = samples
      .filter((sample) => Math.abs(sample.atNs - atNs) < 400e6)
      .map((sample) => sample.resident / 1e6);
    return spread(near)?.median ?? Number.NaN;
  };
  const [early, late] = [memoryAt(0.1), memoryAt(0.98)];
  const millions = (truth.length * workload.tokens) / 1e6;
  note({
    title: `memory after a tenth of ${millions.toFixed(1)} million tokens`,
    value: early,
    unit: 'MB',
    limit: null,
  });
  note({ title: 'memory at its end', value: late, unit: 'MB', limit: null });
  const growth = (late - early) / (millions * 0.88);
  note({ title: 'growth a million tokens', value: growth, unit: 'MB', limit: null });
}

function residentBytes(pid) {
  try {
    const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
    return pages * 4096;
  } catch {
    return null;
  }
}

async function main() {
  useProgram(program);
  const { reason } = tokometer.find();
  if (reason !== null) throw new Error(`Tokometer ${reason}`);
  const machine = machineFacts();
  console.log(machineLine(machine));
  // What any program in Node takes on this machine at this time.
  commandTime('an empty program in Node', ['--eval', '0'], null);
  commandTime('--help', [program, '--help'], 100);
  commandTime('perf --help', [program, 'perf', '--help'], 100);
  await samplerCost();
  const { tools, reason: noTools } = buildTools();
  const parts = [startTime, summaryCost, memoryGrowth];
  if (tools === null) console.log(`the rest is skipped: ${noTools}`);
  else if (tokometer.refuses({ parallel: 2, rate: null }) !== null)
    console.log('the rest is skipped: no closed loop yet');
  else for (const part of parts) await part(tools);
  const table = tableOf(figures);
  console.log(`\n${table}`);
  if (values.results === undefined) return;
  mkdirSync(path.dirname(path.resolve(values.results)), { recursive: true });
  writeFileSync(values.results, `${JSON.stringify({ v: 1, machine, figures }, null, 1)}\n`);
  writeFileSync(values.results.replace(/\.json$/, '.md'), `Measured on ${machineLine(machine)}.\n\n${table}\n`);
}

function tableOf(all) {
  const lines = all.map(({ title, value, unit, limit, min, max }) => {
    const between = min === undefined ? '' : ` (${show(min)} to ${show(max)})`;
    return `| ${title} | ${show(value)} ${unit}${between} | ${limit === null ? '' : `${limit} ${unit}`} |`;
  });
  return ['| what | median | limit |', '| --- | ---: | ---: |', ...lines].join('\n');
}

try {
  await main();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
