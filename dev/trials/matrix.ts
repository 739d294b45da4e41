import { testCommand } from '../run-tests';

/** The whole crash matrix: every step, every moment, every action. */
testCommand(['test/promises/matrix', ...process.argv.slice(2)], { SLIPWAY_MATRIX: 'full' });
