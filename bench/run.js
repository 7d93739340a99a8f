// Tokometer's whole product beside a C client (the limit) and the peers that are installed, in turn, against a server in C that
// keeps the time of each write.
//
//   node bench/run.js [--only A,B,...] [--tools c,tokometer,...] [--rounds 5] [--quick] [--results FILE]
//                     (tokometer-2-threads runs only where --tools names it)
//                     [--no-running-usage] [--no-marginal] [--cli dist/bin.js] [--keep FOLDER] [-- more options of perf]
//
// Writes bench/results/DATE.json and DATE.md; --quick, which only tries everything out, writes them nowhere without --results.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { contestants } from './contestants/all.js';
import { useProgram } from './contestants/tokometer.js';
import { buildTools } from './harness/build-tools.js';
import { contest } from './harness/contest.js';
import { machineFacts, machineLine } from './harness/machine.js';
import { markdownTable, summarise } from './harness/table.js';
import { chooseWorkloads, quick } from './workloads.js';

const { values, positionals: extra } = parseArgs({
  allowPositionals: true,
  allowNegative: true,
  options: {
    only: { type: 'string' },
    tools: { type: 'string' },
    rounds: { type: 'string' },
    quick: { type: 'boolean', default: false },
    results: { type: 'string' },
    'running-usage': { type: 'boolean', default: true },
    marginal: { type: 'boolean', default: true },
    cli: { type: 'string' },
    keep: { type: 'string' },
  },
});

const { tools, reason } = buildTools();
if (tools === null) {
  console.log(`bench skipped: ${reason}`);
} else {
  if (values.cli !== undefined) useProgram(values.cli);
  await main();
}

async function main() {
  const workloads = chooseWorkloads(values.only?.split(',') ?? null).map((one) => (values.quick ? quick(one) : one));
  const rounds = Number(values.rounds ?? (values.quick ? 1 : 5));
  const { found, missing } = findContestants();
  const machine = machineFacts();
  const versions = Object.fromEntries(found.map(({ contestant, version }) => [contestant.name, version]));
  const titles = Object.fromEntries(contestants.map(({ name, title }) => [name, titled(title, versions[name])]));
  console.log(machineLine(machine));
  for (const { tool, reason: why } of missing) console.log(`${tool}: not run: ${why}`);
  const results = [];
  const tables = [];
  for (const workload of workloads) {
    const able = found.filter(({ contestant }) => contestant.refuses(workload) === null);
    const skipped = found
      .filter(({ contestant }) => contestant.refuses(workload) !== null)
      .map(({ contestant }) => ({ tool: contestant.name, reason: contestant.refuses(workload) }));
    console.log(`\n${workload.id}: ${workload.title}`);
    const runs = [];
    for (let round = 1; round <= rounds; round++) {
      for (const { contestant } of able) runs.push(await oneRun({ contestant, workload, round }));
    }
    const summary = summarise(runs, 'c');
    const table = markdownTable({ workload, summary, titles, skipped });
    tables.push(table);
    results.push({ workload, summary, skipped, runs });
    console.log(`\n${table}`);
  }
  write({ machine, rounds, versions, missing, results, tables });
}

function findContestants() {
  const wanted =
    values.tools?.split(',') ?? contestants.filter(({ onlyByName }) => onlyByName !== true).map(({ name }) => name);
  const unknown = wanted.filter((name) => !contestants.some((contestant) => contestant.name === name));
  if (unknown.length > 0) throw new Error(`--tools ${unknown.join(',')}: no such tool`);
  const looked = contestants
    .filter(({ name }) => wanted.includes(name))
    .map((contestant) => ({ contestant, ...contestant.find() }));
  return {
    found: looked.filter((one) => one.reason === null),
    missing: looked
      .filter((one) => one.reason !== null)
      .map((one) => ({ tool: one.contestant.title, reason: one.reason })),
  };
}

function titled(title, version) {
  return version === undefined || version === null ? title : `${title} ${version}`;
}

// A peer's short run is made once: its start takes longer than the rest.
async function oneRun({ contestant, workload, round }) {
  const isPeer = contestant.isPeer === true;
  const requests = (isPeer ? workload.peerRequests : undefined) ?? workload.requests;
  const run = { round, ...(await measure({ contestant, workload, requests, round })) };
  if (values.marginal && run.failure === null && (!isPeer || round === 1) && requests > workload.few) {
    const short = await measure({ contestant, workload, requests: workload.few, round: `${round}-short` });
    const tokens = run.tokensOfServer - (short.tokensOfServer ?? run.tokensOfServer);
    if (tokens > 0) run.marginalCpuUsPerToken = ((run.cpuSeconds - short.cpuSeconds) * 1e6) / tokens;
    run.short = { failure: short.failure, cpuSeconds: short.cpuSeconds, tokensOfServer: short.tokensOfServer };
  }
  console.log(`  ${round} ${line(run)}`);
  return run;
}

function measure({ contestant, workload, requests, round }) {
  const name = `${workload.id}-${contestant.name}-${round}`;
  const keep = values.keep === undefined ? null : path.resolve(values.keep, name);
  const runningUsage = values['running-usage'];
  const own = contestant.isOwn === true ? extra : [];
  return contest({ contestant, workload, requests, tools, runningUsage, extra: own, keep });
}

function line(run) {
  if (run.failure !== null) return `${run.tool}: failed: ${run.failure}\n${run.lastWords ?? ''}`;
  const { served, said } = run;
  const parts = [
    `${Math.round(served.steadyTokensPerSecond ?? 0)} tok/s`,
    `CPU ${run.cpuUsPerToken.toFixed(1)} us a token`,
    `${(run.peakTreeBytes / 1e6).toFixed(0)} MB`,
    `start ${run.startMs.toFixed(0)} ms`,
  ];
  if (run.marginalCpuUsPerToken !== undefined) parts.push(`without start ${run.marginalCpuUsPerToken.toFixed(1)} us`);
  if (said.errorUs) {
    parts.push(`error ${['p50', 'p99', 'max'].map((share) => said.errorUs[share].toFixed(0)).join(' / ')} us`);
  }
  if (run.lostRequests !== 0) parts.push(`lost ${run.lostRequests ?? 'unknown'} requests`);
  return `${run.tool}: ${parts.join(', ')}`;
}

function write({ machine, rounds, versions, missing, results, tables }) {
  const date = new Date().toISOString().slice(0, 10);
  const file = values.results ?? (values.quick ? null : freshName(path.join(import.meta.dirname, 'results', date)));
  if (file === null) return;
  const options = { runningUsage: values['running-usage'], quick: values.quick, extra };
  const text = JSON.stringify({ v: 1, date, machine, rounds, options, versions, missing, results }, null, 1);
  mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
  writeFileSync(file, `${text}\n`);
  const head = `Measured ${date}: ${machineLine(machine)}. Medians of ${rounds}, least and greatest in brackets.`;
  const absent = missing.map(({ tool, reason: why }) => `${tool}: not run: ${why}\n`);
  writeFileSync(file.replace(/\.json$/, '.md'), `${[head, '', ...absent, ...tables].join('\n').trimEnd()}\n`);
  console.log(`written: ${file}`);
}

function freshName(stem) {
  for (let count = 1; ; count++) {
    const file = count === 1 ? `${stem}.json` : `${stem}-${count}.json`;
    if (!existsSync(file)) return file;
  }
}
