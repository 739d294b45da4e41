const { default: Sequencer } = require('@jest/test-sequencer');

/** Files that take minutes: a slow file that began last would run alone on a machine with two cores. */
const slow = [
  '/test/promises/matrix/',
  '/test/promises/faults/',
  '/test/containers/docker.test.ts',
  '/test/dev/stack/stack.test.ts',
];

function isSlow({ path }) {
  return slow.some((part) => path.includes(part));
}

/** Slow files first, the others in Jest's order. */
module.exports = class extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    return [...sorted.filter(isSlow), ...sorted.filter((test) => !isSlow(test))];
  }
};
