import { Gauge, type Registry } from 'prom-client';
import { type ReconcilerRecord, reconcilerStates } from '../../store/health/reconcilers';

/** The last report of each host's reconciler; its age reveals a reconciler that no longer reports. */
export function addReconcilers(registry: Registry, reconcilers: readonly ReconcilerRecord[]): void {
  const gauge = (name: string, help: string, ...labelNames: string[]) =>
    new Gauge({ name, help, labelNames: ['host', ...labelNames], registers: [registry] });
  const watched = gauge('slipway_reconciler_databases', "Databases that the host's reconciler watches.");
  const drifted = gauge('slipway_reconciler_drifted', 'Databases that have drifted from their record.');
  const age = gauge('slipway_reconciler_last_pass_age_seconds', "Seconds since the reconciler's last full pass.");
  const state = gauge('slipway_reconciler_state', "The reconciler's state: 1 for the current state, else 0.", 'state');
  for (const { hostId: host, ...report } of reconcilers) {
    watched.set({ host }, report.databases);
    drifted.set({ host }, report.drifted);
    age.set({ host }, Math.max(0, report.ageSeconds));
    for (const one of reconcilerStates) state.set({ host, state: one }, one === report.state ? 1 : 0);
  }
}
