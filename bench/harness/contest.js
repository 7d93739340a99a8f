import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { runMeasured } from './run-process.js';
import { servedFacts, startTruthServer } from './truth.js';

/**
 * One run of one contestant on one workload against a server of its own. Figures of the load are the server's; a failure is a
 * result like any other.
 */
export async function contest({ contestant, workload, requests, tools, runningUsage, extra = [], keep = null }) {
  const directory = keep ?? mkdtempSync(path.join(os.tmpdir(), 'tokometer-bench-'));
  mkdirSync(directory, { recursive: true });
  try {
    const server = await startTruthServer({
      tools,
      workload,
      directory,
      runningUsage,
      markFinish: contestant.marksFinish === true,
    });
    const place = { workload, requests, tools, runningUsage, directory, extra, port: server.port, url: server.url };
    const measured = await runMeasured(tools, {
      command: contestant.command(place),
      environment: contestant.environment?.(place) ?? {},
      directory,
      timeoutSeconds: (contestant.isPeer === true ? 300 : 60) + 10 * idealSeconds(workload, requests),
    });
    const truth = await server.stop();
    return result({ contestant, place, measured, truth });
  } finally {
    if (keep === null) rmSync(directory, { recursive: true, force: true });
  }
}

/** How long a load lasts when nothing but the server's pace holds it up. */
function idealSeconds(workload, requests) {
  const { parallel, rate, tokens, ttftUs, itlUs } = workload;
  if (rate !== null) return requests / rate + 1;
  return (Math.ceil(requests / parallel) * (ttftUs + tokens * Math.max(itlUs, 500))) / 1e6 + 1;
}

function result({ contestant, place, measured, truth }) {
  const { workload, requests } = place;
  const base = { tool: contestant.name, workload: workload.id, asked: requests };
  const failed = failureOf(measured, truth);
  if (failed !== null) return { ...base, failure: failed, lastWords: measured.lastWords };
  let said;
  try {
    said = contestant.read({ ...place, stdout: measured.stdout, truth });
  } catch (error) {
    return { ...base, failure: `its results can't be read: ${error.message}`, lastWords: measured.lastWords };
  }
  const { serials, ...facts } = said;
  const load = truth.filter((request) => serials?.has(request.serial) ?? request.asked === workload.tokens);
  if (load.length === 0) return { ...base, failure: 'no request of this workload reached the server' };
  const tokens = truth.reduce((sum, request) => sum + request.stamps.length, 0);
  const served = servedFacts(load);
  return {
    ...base,
    failure: null,
    said: facts,
    served,
    tokensOfServer: tokens,
    cpuSeconds: measured.cpuSeconds,
    cpuUsPerToken: (measured.cpuSeconds * 1e6) / tokens,
    peakProcessBytes: measured.peakProcessBytes,
    peakTreeBytes: measured.peakTreeBytes,
    startMs: (Math.min(...truth.map((request) => request.receivedNs)) - measured.beginNs) / 1e6,
    overheadSeconds: (measured.endNs - measured.beginNs) / 1e9 - served.loadSeconds,
    lostRequests: facts.requests === null ? null : requests - facts.requests,
    lostTokens: facts.tokens === null ? null : requests * workload.tokens - facts.tokens,
  };
}

function failureOf(measured, truth) {
  if (measured.timedOut) return 'it did not end in time';
  if (measured.exitCode !== 0)
    return `exit ${measured.exitCode}${measured.signal > 0 ? `, signal ${measured.signal}` : ''}`;
  return truth.length === 0 ? 'no request reached the server' : null;
}
