const { default: Sequencer } = require('@jest/test-sequencer');

/** Where a file takes minutes: begun last, it would run alone on a machine with two cores. */
const slow = [
  '/test/promises/matrix/',
  '/test/promises/faults/',
  '/test/containers/docker.test.ts',
  '/test/dev/stack/stack.test.ts',
];

function isSlow({ path }) {
  return slow.some((part) => path.includes(part));
}

/** Files that take minutes first; the others as Jest has them. */
module.exports = class extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    return [...sorted.filter(isSlow), ...sorted.filter((test) => !isSlow(test))];
  }
};
