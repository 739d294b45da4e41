import { RepeatTracker } from '../../../worker/reconcile/repeat-tracker';

test.each<{ name: string; looks: readonly (readonly [what: string | null, atMs: number])[]; counts: boolean }>([
  { name: 'once does not count', looks: [['gone', 0]], counts: false },
  {
    name: 'twice counts',
    looks: [
      ['gone', 0],
      ['gone', 100],
    ],
    counts: true,
  },
  {
    name: 'twice too soon does not',
    looks: [
      ['gone', 0],
      ['gone', 99],
    ],
    counts: false,
  },
  {
    name: 'the time is counted from the first',
    looks: [
      ['gone', 0],
      ['gone', 60],
      ['gone', 100],
    ],
    counts: true,
  },
  {
    name: 'something else begins anew',
    looks: [
      ['exited', 0],
      ['gone', 100],
    ],
    counts: false,
  },
  {
    name: 'what was well in between begins anew',
    looks: [
      ['gone', 0],
      [null, 50],
      ['gone', 100],
    ],
    counts: false,
  },
])('$name', ({ looks, counts }) => {
  const sightings = new RepeatTracker(100);
  let last = false;
  for (const [what, at] of looks) {
    if (what === null) sightings.forget('a');
    else last = sightings.observe('a', what, at);
  }
  expect(last).toBe(counts);
});

test('one thing says nothing of another, and what is not retained is forgotten', () => {
  const sightings = new RepeatTracker(100);
  sightings.observe('a', 'gone', 0);
  expect(sightings.observe('b', 'gone', 100)).toBe(false);
  sightings.retain(new Set(['b']));
  expect(sightings.size).toBe(1);
  expect(sightings.observe('a', 'gone', 200)).toBe(false);
});

test('what is told is told once, until it is something else', () => {
  const sightings = new RepeatTracker(100);
  expect(sightings.reportOnce('a')).toBe(false);
  sightings.observe('a', 'gone', 0);
  expect([sightings.reportOnce('a'), sightings.reportOnce('a')]).toEqual([true, false]);
  sightings.observe('a', 'gone', 100);
  expect(sightings.reportOnce('a')).toBe(false);
  sightings.observe('a', 'exited', 200);
  expect(sightings.reportOnce('a')).toBe(true);
});
