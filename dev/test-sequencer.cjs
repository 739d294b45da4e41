const { default: Sequencer } = require('@jest/test-sequencer');

/** Files that take most of a minute or more, the longest first. One that began last would run alone at the end. */
const slow = [
  '/test/promises/matrix/',
  '/test/promises/shutdown.test.ts',
  '/test/containers/docker.test.ts',
  '/test/promises/faults/',
  '/test/worker/reconcile/engines.test.ts',
  '/test/postgres/entrypoint.test.ts',
  '/test/worker/reconcile/daemon.test.ts',
  '/test/promises/outages.test.ts',
  '/test/worker/health/real.test.ts',
  '/test/promises/chaos/',
  '/test/dev/stack/stack.test.ts',
];

function rankOf({ path }) {
  const rank = slow.findIndex((part) => path.includes(part));
  return rank === -1 ? slow.length : rank;
}

/** Slow files first, the others in Jest's order. */
module.exports = class extends Sequencer {
  sort(tests) {
    return super.sort(tests).sort((a, b) => rankOf(a) - rankOf(b));
  }
};
