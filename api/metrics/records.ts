import { Counter, Gauge, type Registry } from 'prom-client';
import { operationKinds } from '../../domain/operations/kinds';
import { type OperationState, openOperationStates, shownStates } from '../../domain/states';
import type { DatabaseCount, OperationAge, OperationCount, OperationDuration } from '../../store/counts';
import type { Conflicts } from './conflicts';

/** The `result` label for each state of an operation; null for an unfinished operation. */
const results: Readonly<Record<OperationState, string | null>> = {
  pending: null,
  running: null,
  cancelling: null,
  succeeded: 'success',
  failed: 'failure',
  cancelled: 'cancelled',
};

/** @param versions the major versions of the catalogue: for each, a state without databases shows as 0, not as a gap */
export function addDatabases(registry: Registry, counts: readonly DatabaseCount[], versions: readonly string[]): void {
  const gauge = new Gauge({
    name: 'slipway_databases',
    help: 'Databases by engine, major version and lifecycle state.',
    labelNames: ['engine', 'version', 'state'],
    registers: [registry],
  });
  const engine = 'postgresql';
  for (const version of versions) for (const state of shownStates) gauge.set({ engine, version, state }, 0);
  for (const { version, state, count } of counts) gauge.set({ engine, version, state }, count);
}

export function addOperations(registry: Registry, counts: readonly OperationCount[], conflicts: Conflicts): void {
  const open = new Gauge({
    name: 'slipway_open_operations',
    help: 'Unfinished operations, by kind and state.',
    labelNames: ['kind', 'state'],
    registers: [registry],
  });
  const ended = new Counter({
    name: 'slipway_operation_results_total',
    help: 'Finished operations, by kind and result; conflict counts requests refused with 409 since the API started.',
    labelNames: ['kind', 'result'],
    registers: [registry],
  });
  for (const kind of operationKinds) {
    for (const state of openOperationStates) open.set({ kind, state }, 0);
    for (const result of [...Object.values(results), 'conflict']) if (result !== null) ended.inc({ kind, result }, 0);
  }
  for (const { kind, state, count } of counts) {
    const result = results[state];
    if (result === null) open.set({ kind, state }, count);
    else ended.inc({ kind, result }, count);
  }
  for (const [kind, count] of conflicts.counts()) ended.inc({ kind, result: 'conflict' }, count);
}

/** The durations of finished operations, and the ages of unfinished ones. */
export function addTimes(
  registry: Registry,
  durations: readonly OperationDuration[],
  ages: readonly OperationAge[],
): void {
  const counter = (name: string, help: string) =>
    new Counter({ name, help, labelNames: ['kind', 'result'], registers: [registry] });
  const seconds = counter('slipway_operation_seconds_total', 'Total duration of finished operations, in seconds.');
  const ended = counter(
    'slipway_operations_timed_total',
    'Finished operations counted in slipway_operation_seconds_total.',
  );
  for (const { kind, state, ...sum } of durations) {
    const result = results[state];
    if (result === null) continue;
    seconds.inc({ kind, result }, sum.seconds);
    ended.inc({ kind, result }, sum.count);
  }
  const oldest = new Gauge({
    name: 'slipway_oldest_operation_age_seconds',
    help: 'Age of the oldest unfinished operation, by state; 0 when there is none.',
    labelNames: ['state'],
    registers: [registry],
  });
  for (const state of openOperationStates) oldest.set({ state }, 0);
  for (const age of ages) oldest.set({ state: age.state }, age.seconds);
}
