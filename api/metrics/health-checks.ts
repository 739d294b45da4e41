import { Gauge, type Registry } from 'prom-client';
import type { CheckState } from '../../domain/health/checks';

/** The enabled checks, and how late the most overdue one is. */
export function addHealthChecks(
  registry: Registry,
  counts: Readonly<Record<CheckState, number>>,
  latenessSeconds: number,
): void {
  const checks = new Gauge({
    name: 'slipway_health_checks',
    help: 'Enabled health checks, by state.',
    labelNames: ['state'],
    registers: [registry],
  });
  for (const [state, count] of Object.entries(counts)) checks.set({ state }, count);
  const lateness = new Gauge({
    name: 'slipway_health_check_lateness_seconds',
    help: 'How late the most overdue health check is; 0 when none is due.',
    registers: [registry],
  });
  lateness.set(latenessSeconds);
}
