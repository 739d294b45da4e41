import { isCoveredBySilence } from '../../../domain/notifications/silence';

const silentSince = new Date('2026-11-28T12:00:00Z');
const after = (seconds: number) => new Date(silentSince.getTime() + seconds * 1000);

test.each([
  { what: 'before it', downAfter: -1, intervalSeconds: 60, failureThreshold: 3, covered: false },
  { what: 'at once', downAfter: 0, intervalSeconds: 60, failureThreshold: 3, covered: true },
  { what: 'with it', downAfter: 195, intervalSeconds: 60, failureThreshold: 3, covered: true },
  { what: 'with it, at the last moment', downAfter: 209.9, intervalSeconds: 60, failureThreshold: 3, covered: true },
  { what: 'after it answered others', downAfter: 210, intervalSeconds: 60, failureThreshold: 3, covered: false },
  { what: 'with it, and is checked often', downAfter: 20, intervalSeconds: 2, failureThreshold: 1, covered: true },
  { what: 'later, and is checked often', downAfter: 32, intervalSeconds: 2, failureThreshold: 1, covered: false },
])(
  'the silence of a host covers a database that went down $what: $covered (M39)',
  ({ downAfter, covered, ...settings }) => {
    expect(isCoveredBySilence(after(downAfter), settings, silentSince)).toBe(covered);
  },
);
