import { keepSecondsOf, requireUnusedByContainers } from '../../../domain/operations/deletion';
import { goalOf, removesOf } from '../../../domain/operations/goal';
import { operationKinds } from '../../../domain/operations/kinds';
import { restAfter } from '../../../domain/operations/outcome';
import { databaseAt, placed, small } from '../planning/model';

const keeping = { keepSeconds: 60 };

test('only a delete without a time to keep the data, and a purge, destroy them', () => {
  const destroying = (input: object) => operationKinds.filter((kind) => removesOf({ kind, input }) === 'all');
  expect(destroying({})).toEqual(['delete', 'purge']);
  expect(destroying({ keepSeconds: 0 })).toEqual(['delete', 'purge']);
  expect(destroying(keeping)).toEqual(['purge']);
});

test('a delete and an undelete record how long the data are kept', () => {
  expect(operationKinds.filter((kind) => keepSecondsOf({ kind, input: keeping }) === 60)).toEqual([
    'delete',
    'undelete',
  ]);
  expect(keepSecondsOf({ kind: 'delete', input: {} })).toBe(0);
});

test('a delete that keeps the data leaves the database deleted; without data to keep, nothing', () => {
  const ending = { kind: 'delete', outcome: 'succeeded', wayBack: 'not_taken', formerState: 'available' } as const;
  expect(restAfter({ ...ending, power: 'running', keepsData: true })).toBe('deleted');
  expect(restAfter({ ...ending, power: 'running', keepsData: false })).toBe('gone');
});

test('a purge that does not succeed leaves the database deleted, however it ended', () => {
  const ending = { kind: 'purge', formerState: 'deleted', power: 'running' } as const;
  for (const outcome of ['failed', 'cancelled'] as const)
    for (const wayBack of ['not_taken', 'done', 'failed'] as const)
      expect(restAfter({ ...ending, outcome, wayBack })).toBe('deleted');
});

test('an undelete leads to the record, and back to a deleted database without containers', () => {
  const undelete = { kind: 'undelete', input: keeping, spec: small, hasData: true, formerState: 'deleted' } as const;
  expect(goalOf({ ...undelete, direction: 'requested', leg: 0 })).toEqual(small);
  expect(goalOf({ ...undelete, direction: 'former', leg: 0 })).toBeNull();
  expect(removesOf(undelete)).toBe('unused');
  const ending = { kind: 'undelete', formerState: 'deleted', power: 'stopped' } as const;
  expect(restAfter({ ...ending, outcome: 'succeeded', wayBack: 'not_taken' })).toBe('stopped');
  expect(restAfter({ ...ending, outcome: 'failed', wayBack: 'done' })).toBe('deleted');
  expect(restAfter({ ...ending, outcome: 'failed', wayBack: 'failed' })).toBe('failed');
});

test('a purge refuses a deleted database that has a container: it was brought back since its record was written (M21)', () => {
  const spec = { ...small, pooler: { ...small.pooler, enabled: true } };
  const all = databaseAt([placed('primary', 'north')], spec);
  const containers = all.filter(({ kind }) => kind === 'server' || kind === 'sidecar');
  for (const container of containers) {
    const refused = () => requireUnusedByContainers([container]);
    expect(refused).toThrow(expect.objectContaining({ code: 'state_conflict' }));
  }
  expect(containers.map(({ kind }) => kind).sort()).toEqual(['server', 'sidecar']);
  requireUnusedByContainers(all.filter((one) => !containers.includes(one)));
});
