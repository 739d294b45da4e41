import { pino } from 'pino';
import { startLoop } from '../../worker/loop';
import { eventually } from '../support/eventually';
import { newGate } from '../support/gate';

const logger = pino({ level: 'silent' });
const hour = 3_600_000;

test('a loop begins at once, and again when it is woken; a stop ends the wait', async () => {
  let passes = 0;
  const loop = startLoop({ name: 'test', intervalMs: hour, logger, run: async () => void (passes += 1) });
  await eventually(() => expect(passes).toBe(1));
  loop.wake(0);
  await eventually(() => expect(passes).toBe(2));
  // The sooner one counts, whichever comes first.
  loop.wake(hour);
  loop.wake(1);
  await eventually(() => expect(passes).toBe(3));
  await loop.stop();
  loop.wake(0);
  expect(passes).toBe(3);
});

test('a wake during a pass is kept, and a pass that fails is followed by the next', async () => {
  const gate = newGate();
  let passes = 0;
  const loop = startLoop({
    name: 'test',
    intervalMs: hour,
    logger,
    run: async () => {
      passes += 1;
      if (passes > 1) return;
      await gate.opened;
      throw new Error('made to fail');
    },
  });
  await eventually(() => expect(passes).toBe(1));
  loop.wake(0);
  gate.open();
  await eventually(() => expect(passes).toBe(2));
  await loop.stop();
});
