import path from 'node:path';

import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { TokometerError } from '../../../../src/base/errors.ts';
import type { MeasuredRun } from '../../../../src/contract/export.ts';
import { exportRun } from '../../../../src/run/export-run.ts';
import { gaugesOf } from '../../../../src/store/export/gauges.ts';
import { loadOtlpPush } from '../../../../src/store/export/otlp.ts';
import { attributesOf, closedAddress, type Collector, pointsOf, startCollector } from '../../../support/collector.ts';

const golden = path.resolve(import.meta.dirname, '../../../golden/run');

let collector: Collector;
beforeEach(async () => {
  collector = await startCollector();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await collector.close();
});

async function push(url: string, run?: MeasuredRun) {
  const send = await loadOtlpPush();
  return send(run ?? (await exportRun(golden)), url);
}

async function failure(url: string): Promise<TokometerError> {
  const error: unknown = await push(url).then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof TokometerError) return error;
  throw new Error(`no TokometerError: ${String(error)}`);
}

test('all gauges of a run arrive in one request, as they are, with the time of now', async () => {
  const before = Date.now();
  const run = await exportRun(golden);
  const pushed = await push(collector.url, run);
  expect(collector.received.map((one) => one.path)).toEqual(['POST /v1/metrics']);
  const [received] = collector.received;
  if (received === undefined) throw new Error('nothing came');
  expect(received.headers).toMatchObject({ 'content-type': 'application/json' });
  expect(received.headers['content-encoding']).toBeUndefined();
  const expected = gaugesOf(run).flatMap(({ name, unit, points }) => points.map((point) => ({ name, unit, ...point })));
  const came = pointsOf(received.body);
  expect(came).toEqual(expected.map((point) => ({ ...point, timeMs: expect.any(Number) })));
  expect(pushed).toEqual({ points: expected.length, url: `${collector.url}/v1/metrics`, odd: null });
  for (const { timeMs } of came) {
    expect(timeMs).toBeGreaterThanOrEqual(before);
    expect(timeMs).toBeLessThanOrEqual(Date.now());
  }
  const resource = attributesOf(received.body.resourceMetrics[0]?.resource.attributes ?? []);
  expect(resource).toMatchObject({
    'service.name': 'tokometer',
    'service.version': run.summary.tokometer,
    'host.cpu.model.name': run.environment?.hostCpu,
    'os.description': run.environment?.os,
  });
});

test('more points of a gauge than the SDK holds by default arrive one by one', async () => {
  const run = await exportRun(golden);
  const [row] = run.summary.rows;
  if (row === undefined) throw new Error('the golden run has no row');
  const rows = Array.from({ length: 700 }, (_, index) => ({ ...row, cell: `c${index}` }));
  const pushed = await push(collector.url, { ...run, summary: { ...run.summary, rows } });
  const came = pointsOf(collector.received[0]?.body ?? { resourceMetrics: [] });
  expect(came).toHaveLength(pushed.points);
  expect(came.filter(({ name }) => name === 'tokometer.requests')).toHaveLength(2800);
  expect(came.some(({ attributes }) => 'otel.metric.overflow' in attributes)).toBe(false);
});

test('headers, compression and resource attributes of the standard variables are taken; a path of its own stays', async () => {
  vi.stubEnv('OTEL_EXPORTER_OTLP_HEADERS', 'authorization=Bearer%20abc,x-team=a');
  vi.stubEnv('OTEL_EXPORTER_OTLP_COMPRESSION', 'gzip');
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', 'http://127.0.0.1:9');
  vi.stubEnv('OTEL_RESOURCE_ATTRIBUTES', 'deployment.environment.name=ci');
  await push(`${collector.url}/api/otlp/v1/metrics?tenant=a`);
  const [received] = collector.received;
  expect(received).toMatchObject({
    path: 'POST /api/otlp/v1/metrics?tenant=a',
    headers: { authorization: 'Bearer abc', 'x-team': 'a', 'content-encoding': 'gzip' },
  });
  const resource = attributesOf(received?.body.resourceMetrics[0]?.resource.attributes ?? []);
  expect(resource).toMatchObject({ 'service.name': 'tokometer', 'deployment.environment.name': 'ci' });
});

test.each([
  [401, /the answer was 401 Unauthorized$/, /OTEL_EXPORTER_OTLP_HEADERS/],
  [404, /the answer was 404 Not Found$/, /4318/],
  [413, /the answer was 413 Payload Too Large$/, /one run at a time/],
  [500, /the answer was 500 Internal Server Error$/, /the log of the collector/],
])('an answer of %i is told, with what to do', async (status, message, hint) => {
  collector.answer = { status };
  const error = await failure(collector.url);
  expect([error.code, error.exitCode]).toEqual(['E_PUSH', 3]);
  expect(error.message).toMatch(message);
  expect(error.hint).toMatch(hint);
  expect(error.hint).toMatch(/report RUN --push URL sends them again$/);
  expect(collector.received).toHaveLength(1);
});

test('a collector that is busy, one that says nothing, one that is not there', async () => {
  vi.stubEnv('OTEL_EXPORTER_OTLP_TIMEOUT', '300');
  collector.answer = { status: 503 };
  expect((await failure(collector.url)).message).toMatch(/429, 502, 503 or 504 .* OTEL_EXPORTER_OTLP_TIMEOUT/);
  collector.answer = null;
  expect((await failure(collector.url)).message).toMatch(/no answer within OTEL_EXPORTER_OTLP_TIMEOUT/);
  expect((await failure(await closedAddress())).message).toMatch(/: nobody listens there$/);
});

test('a collector that comes back in time gets the result', async () => {
  collector.answer = { status: 503 };
  collector.onRequest = () => {
    if (collector.received.length === 2) collector.answer = { status: 200 };
  };
  await expect(push(collector.url)).resolves.toMatchObject({ odd: null });
  expect(collector.received).toHaveLength(2);
});

test('points that the collector dropped are an error; an answer that is none of a collector is told', async () => {
  const partialSuccess = { rejectedDataPoints: '7', errorMessage: 'too old' };
  collector.answer = { status: 200, body: JSON.stringify({ partialSuccess }) };
  expect((await failure(collector.url)).message).toMatch(/took the result, but dropped 7 points of it: "too old"$/);
  collector.answer = { status: 200, body: '<html>hello</html>' };
  expect((await push(collector.url)).odd).toMatch(/Failed to parse metrics export response/);
  collector.answer = { status: 200, body: '' };
  expect((await push(collector.url)).odd).toBeNull();
});

test('a login and a key in the address are sent and never told', async () => {
  const url = new URL(`${collector.url}/?api_key=hidden1`);
  url.username = 'user';
  url.password = 'hidden2';
  collector.answer = { status: 500 };
  const error = await failure(url.href);
  expect(`${error.message} ${error.hint}`).not.toMatch(/hidden/);
  collector.answer = { status: 200 };
  expect((await push(url.href)).url).not.toMatch(/hidden/);
  expect(collector.received[0]?.path).toBe('POST /v1/metrics?api_key=hidden1');
  expect(collector.received[0]?.headers.authorization).toBe(`Basic ${btoa('user:hidden2')}`);
});
