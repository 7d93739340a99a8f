import type { MeasuredRun } from '../../contract/export.ts';
import { loadOptional } from '../optional-package.ts';
import { type Gauge, gaugesOf } from './gauges.ts';
import { collectorUrl, pushError, refusedPoints, toldUrl } from './otlp-answer.ts';
import { resourceAttributes } from './resource-attributes.ts';

/** What was sent. */
export interface Pushed {
  readonly points: number;
  /** The address it went to, fit to be told. */
  readonly url: string;
  /** What was odd about the answer; null: nothing. */
  readonly odd: string | null;
}

/** Sends a run to the collector at a URL. Throws E_PUSH when it did not arrive, or not as a whole. */
export type OtlpPush = (run: MeasuredRun, url: string) => Promise<Pushed>;

type Sdk = Awaited<ReturnType<typeof loadSdk>>;

/**
 * Loads what sends results as OpenTelemetry metrics: JSON over HTTP, every gauge of a run in one request. The package reads headers,
 * timeout, compression and certificates from the standard OTEL_EXPORTER_OTLP_* variables. Throws E_MISSING_PACKAGE.
 */
export async function loadOtlpPush(): Promise<OtlpPush> {
  const sdk = await loadOptional(
    [
      '@opentelemetry/api',
      '@opentelemetry/sdk-metrics',
      '@opentelemetry/resources',
      '@opentelemetry/exporter-metrics-otlp-http',
    ],
    '--push',
    loadSdk,
  );
  return (run, url) => push(sdk, run, collectorUrl(url));
}

async function loadSdk() {
  const [{ diag, DiagLogLevel }, { MeterProvider, MetricReader }, resources, { OTLPMetricExporter }] =
    await Promise.all([
      import('@opentelemetry/api'),
      import('@opentelemetry/sdk-metrics'),
      import('@opentelemetry/resources'),
      import('@opentelemetry/exporter-metrics-otlp-http'),
    ]);
  return { diag, DiagLogLevel, MeterProvider, MetricReader, resources, OTLPMetricExporter };
}

async function push(sdk: Sdk, run: MeasuredRun, url: string): Promise<Pushed> {
  const gauges = gaugesOf(run);
  const points = gauges.reduce((sum, gauge) => sum + gauge.points.length, 0);
  const exporter = new sdk.OTLPMetricExporter({ url });
  const resourceMetrics = await collect(sdk, gauges, run);
  const warnings = hearWarnings(sdk);
  try {
    const { error } = await new Promise<{ error?: Error }>((resolve) => {
      exporter.export(resourceMetrics, resolve);
    });
    if (error !== undefined) throw pushError(error, url);
    const refused = refusedPoints(warnings, url);
    if (refused !== null) throw refused;
    return { points, url: toldUrl(url), odd: warnings.at(-1) ?? null };
  } finally {
    sdk.diag.disable();
    await exporter.shutdown();
  }
}

/** All points as the SDK has them, with the time of now. */
async function collect(sdk: Sdk, gauges: readonly Gauge[], { summary, environment }: MeasuredRun) {
  const { defaultResource, detectResources, envDetector, resourceFromAttributes } = sdk.resources;
  const reader = new (readerOnDemand(sdk))({
    // By default the SDK folds all attributes beyond 2,000 points of a gauge into one.
    cardinalitySelector: () => Math.max(...gauges.map((gauge) => gauge.points.length), 1) + 1,
  });
  const provider = new sdk.MeterProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes(resourceAttributes(summary, environment)))
      .merge(detectResources({ detectors: [envDetector] })),
    readers: [reader],
  });
  const meter = provider.getMeter('tokometer', summary.tokometer);
  for (const { name, unit, description, points } of gauges) {
    const gauge = meter.createGauge(name, { unit, description });
    for (const { value, attributes } of points) gauge.record(value, { ...attributes });
  }
  const { resourceMetrics, errors } = await reader.collect();
  await provider.shutdown();
  if (errors.length > 0) throw errors[0];
  return resourceMetrics;
}

// The SDK's own readers send by the clock and keep failures to themselves.
function readerOnDemand({ MetricReader }: Sdk) {
  return class extends MetricReader {
    protected override async onForceFlush(): Promise<void> {}
    protected override async onShutdown(): Promise<void> {}
  };
}

const ignore = (): void => undefined;

/** The package tells of an answer that is not all good through its diagnostics alone. */
function hearWarnings({ diag, DiagLogLevel }: Sdk): string[] {
  const warnings: string[] = [];
  const hear = (...words: unknown[]): void => void warnings.push(words.map(String).join(' '));
  const logger = { error: hear, warn: hear, info: ignore, debug: ignore, verbose: ignore };
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  return warnings;
}
