// An OpenTelemetry collector as far as a client can tell: takes OTLP as JSON over HTTP, and keeps what came.
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { gunzipSync } from 'node:zlib';

type AttributeValue = { stringValue: string } | { intValue: number } | { doubleValue: number } | { boolValue: boolean };

interface Attribute {
  readonly key: string;
  readonly value: AttributeValue;
}

interface DataPoint {
  readonly attributes: readonly Attribute[];
  readonly timeUnixNano: string;
  readonly asDouble?: number;
  readonly asInt?: number;
}

/** The part of an OTLP request for metrics that gauges need. */
export interface MetricsRequest {
  readonly resourceMetrics: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeMetrics: readonly {
      readonly metrics: readonly {
        readonly name: string;
        readonly unit: string;
        readonly description: string;
        readonly gauge: { readonly dataPoints: readonly DataPoint[] };
      }[];
    }[];
  }[];
}

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: MetricsRequest;
}

/** What it says to each request; null: nothing, ever. */
interface Answer {
  readonly status: number;
  readonly body?: string;
}

export interface Collector {
  readonly url: string;
  readonly received: Received[];
  answer: Answer | null;
  /** Called as a request is there, before it is answered. */
  onRequest: (received: Received) => void;
  close(): Promise<void>;
}

export async function startCollector(): Promise<Collector> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const whole = Buffer.concat(parts);
      const text = request.headers['content-encoding'] === 'gzip' ? gunzipSync(whole) : whole;
      const body: MetricsRequest = JSON.parse(text.toString());
      const received = { path: `${request.method} ${request.url}`, headers: request.headers, body };
      collector.received.push(received);
      collector.onRequest(received);
      if (collector.answer === null) return;
      response.writeHead(collector.answer.status, { 'content-type': 'application/json' });
      response.end(collector.answer.body ?? '{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  const collector: Collector = {
    url: `http://127.0.0.1:${address.port}`,
    received: [],
    answer: { status: 200 },
    onRequest: () => undefined,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return collector;
}

/** One point as it came, with its gauge's name and unit. */
export interface FlatPoint {
  readonly name: string;
  readonly unit: string;
  readonly value: number | undefined;
  readonly timeMs: number;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
}

/** All points of a request. */
export function pointsOf({ resourceMetrics }: MetricsRequest): FlatPoint[] {
  const metrics = resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
  return metrics.flatMap(({ name, unit, gauge }) =>
    gauge.dataPoints.map(({ attributes, asDouble, asInt, timeUnixNano }) => {
      const timeMs = Number(BigInt(timeUnixNano) / 1_000_000n);
      return { name, unit, value: asDouble ?? asInt, timeMs, attributes: attributesOf(attributes) };
    }),
  );
}

export function attributesOf(attributes: readonly Attribute[]): Record<string, string | number | boolean> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, plain(value)]));
}

function plain(value: AttributeValue): string | number | boolean {
  if ('stringValue' in value) return value.stringValue;
  if ('intValue' in value) return value.intValue;
  return 'doubleValue' in value ? value.doubleValue : value.boolValue;
}

/** An address of this machine on which nobody listens. */
export async function closedAddress(): Promise<string> {
  const collector = await startCollector();
  await collector.close();
  return collector.url;
}
