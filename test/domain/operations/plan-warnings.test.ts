import { keptWarnings, type PlanSubject, planWarnings } from '../../../domain/operations/plan-warnings';
import { volumesOf } from '../../../domain/planning/resources';
import { databaseAt, observe, owner, placed, small } from '../planning/model';

const primary = placed('primary', 'north');
const everything = databaseAt([primary], small);
const found = observe(everything);
const copy = { kind: 'volume', name: 'copy', hostId: 'north' } as const;

const subject: PlanSubject = {
  kind: 'stop',
  input: {},
  formerState: 'available',
  observed: found,
  recorded: volumesOf(owner, [primary]),
  wanted: everything,
};

test('a plan on a database as it should be warns of nothing', () => {
  expect(planWarnings(subject)).toEqual([]);
});

describe('a container that is missing', () => {
  const observed = found.filter(({ kind }) => kind !== 'server');

  test.each(['available', 'stopped', 'paused'] as const)('is named when the database was %s', (formerState) => {
    const [server] = found.filter(({ kind }) => kind === 'server');
    expect(planWarnings({ ...subject, formerState, observed })).toEqual([
      {
        code: 'container_missing',
        message: `container ${server?.name} was missing; the operation recreates it on its volume`,
        details: { resource: server?.name },
      },
    ]);
  });

  test.each<[string, Partial<PlanSubject>]>([
    ['of a failed database', { formerState: 'failed' }],
    ['of a repair, whose input has the reason', { kind: 'repair' }],
    ['of a new database', { kind: 'create', formerState: null }],
  ])('%s is as expected', (_title, changes) => {
    expect(planWarnings({ ...subject, observed, ...changes })).toEqual([]);
  });
});

describe('a volume without a record', () => {
  const observed = [...found, copy];

  test('is named when everything else is removed', () => {
    expect(planWarnings({ ...subject, kind: 'delete', observed, wanted: [] })).toEqual([
      {
        code: 'volume_kept',
        message: "volume copy on host north has the database's labels but no record; it was left in place",
        details: { resource: 'copy', hostId: 'north' },
      },
    ]);
  });

  test.each([
    { used: 'yes', warnings: ['volume_kept'] },
    { used: 'unknown', warnings: ['volume_kept'] },
    { used: undefined, warnings: ['volume_kept'] },
    { used: 'no', warnings: [] },
  ] as const)('of the database, used: $used, is named where nobody requested its deletion', ({ used, warnings }) => {
    const own = found.map((one) => (one.kind === 'volume' && used !== undefined ? { ...one, used } : one));
    const back = { ...subject, kind: 'create', observed: own, wanted: [] } as const;
    expect(keptWarnings(back).map(({ code }) => code)).toEqual(warnings);
    expect(keptWarnings({ ...back, kind: 'delete' })).toEqual([]);
  });

  test('of a deleted database that keeps its data is not worth a warning', () => {
    const kept = { ...subject, input: { keepSeconds: 60 }, wanted: [] };
    expect(keptWarnings({ ...kept, kind: 'delete' })).toEqual([]);
    expect(keptWarnings({ ...kept, kind: 'undelete' })).toEqual([]);
  });

  test('is not worth a warning while the database stays: the reconciler lists it', () => {
    expect(planWarnings({ ...subject, observed })).toEqual([]);
  });
});
