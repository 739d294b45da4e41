import { durationText } from '../../../dev/machine/stages';

test.each([
  [0, '0.0 s'],
  [8_349, '8.3 s'],
  [59_940, '59.9 s'],
  [59_960, '1 min 0 s'],
  [119_600, '2 min 0 s'],
  [132_000, '2 min 12 s'],
])('%d ms is shown as %s', (milliseconds, text) => {
  expect(durationText(milliseconds)).toBe(text);
});
