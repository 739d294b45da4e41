import { testCommand } from './run-tests';

/** Every fault at every call of every operation, and what takes too long for the daily run. */
testCommand(['test/faults', ...process.argv.slice(2)], { SLIPWAY_FAULTS: 'full' });
