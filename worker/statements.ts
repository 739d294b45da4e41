import type { MetricMeter } from '@temporalio/common';
import { type Statement, statementMetric } from '../store/connection/statements';

/** The buckets of that histogram, as Temporal's SDK takes them. */
export const statementBuckets = { [statementMetric.name]: [...statementMetric.buckets] };

/** Records statements on the store as a histogram among the metrics of Temporal's SDK, which the worker serves. */
export function statementRecorder(meter: MetricMeter): (statement: Statement) => void {
  const { name, help } = statementMetric;
  const duration = meter.createHistogram(name, 'float', undefined, help);
  return ({ kind, outcome, seconds }) => duration.record(seconds, { kind, outcome });
}
