import { parseArgs } from 'node:util';
import { testCommand } from '../run-tests';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { only: { type: 'string', short: 't' } },
});
const sets = positionals.length > 0 ? positionals : [''];

/**
 * Every fault at every call of every operation, and what takes too long for the daily run: all sets of them, or those that
 * are named (`docker`, `parts`, `daemon`); and of these, with `-t '^create: '`, only those whose names match.
 */
testCommand(
  [...sets.map((set) => `test/promises/faults/${set}`), ...(values.only === undefined ? [] : ['-t', values.only])],
  {
    SLIPWAY_FAULTS: 'full',
  },
);
