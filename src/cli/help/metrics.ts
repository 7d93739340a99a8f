import type { MetricDefinition } from '../../contract/summary.ts';
import { describedMetrics, metricSymbols } from '../../metrics/metric-reference.ts';
import type { TopicPage } from './topic.ts';

export const metricsPage: TopicPage = {
  about: metricSymbols,
  entries: describedMetrics.map((metric) => ({
    name: metric.id,
    lines: [`${metric.label} [${unitOf(metric)}]`, `= ${metric.formula}`],
  })),
};

function unitOf({ unit, better }: MetricDefinition): string {
  const direction = better === 'neither' ? [] : [`${better} is better`];
  return [...(unit === '' ? [] : [unit]), ...direction].join(', ');
}
