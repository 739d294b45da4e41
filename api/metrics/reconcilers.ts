import { Gauge, type Registry } from 'prom-client';
import { type ReconcilerRecord, reconcilerStates } from '../../store/health/reconcilers';

/** What each host's reconciler said of itself last; how long ago shows one that says nothing any more. */
export function addReconcilers(registry: Registry, reconcilers: readonly ReconcilerRecord[], now: Date): void {
  const gauge = (name: string, help: string, ...labelNames: string[]) =>
    new Gauge({ name, help, labelNames: ['host', ...labelNames], registers: [registry] });
  const watched = gauge('slipway_reconciler_databases', 'Databases that the reconciler of the host watches over.');
  const drifted = gauge('slipway_reconciler_drifted', 'Databases that differ from their record.');
  const age = gauge('slipway_reconciler_last_pass_age_seconds', 'Seconds since the last pass over all databases.');
  const state = gauge('slipway_reconciler_state', 'What the reconciler does: 1 for the state it is in.', 'state');
  for (const { hostId: host, ...report } of reconcilers) {
    watched.set({ host }, report.databases);
    drifted.set({ host }, report.drifted);
    age.set({ host }, Math.max(0, (now.getTime() - report.passedAt.getTime()) / 1000));
    for (const one of reconcilerStates) state.set({ host, state: one }, one === report.state ? 1 : 0);
  }
}
