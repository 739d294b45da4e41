import { Histogram, Registry } from 'prom-client';
import { type Statement, statementMetric } from '../../store/connection/statements';

export interface StatementMetrics {
  readonly registry: Registry;
  readonly observe: (statement: Statement) => void;
}

/** The statements of this process on the store since its start, by their first word and outcome. */
export function createStatementMetrics(): StatementMetrics {
  const registry = new Registry();
  const { name, help, buckets } = statementMetric;
  const duration = new Histogram({
    name,
    help,
    labelNames: ['kind', 'outcome'],
    buckets: [...buckets],
    registers: [registry],
  });
  return { registry, observe: ({ kind, outcome, seconds }) => duration.observe({ kind, outcome }, seconds) };
}
