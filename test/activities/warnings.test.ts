import { logWarnings } from '../../activities/warnings';

test.each([
  { warnings: [], told: [] },
  { warnings: ['no swap limit'], told: [{ instance: 'orders-primary', warnings: ['no swap limit'] }] },
])('what a host warns of is logged, and nothing when it warns of nothing: $warnings (B21)', ({ warnings, told }) => {
  const seen: unknown[] = [];
  logWarnings(warnings, 'orders-primary', { warn: (_message, details) => void seen.push(details) });
  expect(seen).toEqual(told);
});
