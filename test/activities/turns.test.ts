import { createTurns } from '../../activities/turns';
import { newGate } from '../support/gate';

/** Something that runs until it is let go, and then says so. */
function held(atEnd: () => void = () => undefined) {
  const gate = newGate();
  return { run: () => gate.opened.then(atEnd), letGo: gate.open };
}

test('what has one turn runs side by side, and the next turn waits for all of it', async () => {
  const takeTurn = createTurns();
  const order: string[] = [];
  const [one, two] = [held(() => order.push('one')), held(() => order.push('two'))];
  const first = takeTurn('db', 'plan 1', one.run);
  const second = takeTurn('db', 'plan 1', two.run);
  const next = takeTurn('db', 'plan 2', async () => void order.push('next'));
  two.letGo();
  await second;
  one.letGo();
  await Promise.all([first, next]);
  expect(order).toEqual(['two', 'one', 'next']);
});

test('two looks wait for each other and for what is under way, each with a turn of its own', async () => {
  const takeTurn = createTurns();
  let isStepDone = false;
  const step = held(() => {
    isStepDone = true;
  });
  const running = takeTurn('db', 'plan 1', step.run);
  const looks = [1, 2].map(() => takeTurn('db', Symbol('look'), async () => isStepDone));
  step.letGo();
  await running;
  expect(await Promise.all(looks)).toEqual([true, true]);
});

test('databases do not wait for each other', async () => {
  const takeTurn = createTurns();
  const step = held();
  const running = takeTurn('one', 'plan 1', step.run);
  expect(await takeTurn('two', 'plan 1', async () => 'done')).toBe('done');
  step.letGo();
  await running;
});

test('a turn that fails is over too', async () => {
  const takeTurn = createTurns();
  const failing = takeTurn('db', 'plan 1', () => Promise.reject(new Error('no')));
  await expect(failing).rejects.toThrow('no');
  expect(await takeTurn('db', 'plan 2', async () => 'done')).toBe('done');
});
