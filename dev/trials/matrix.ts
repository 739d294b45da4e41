import type { Command } from '../../process/command';
import { runTests } from '../run-tests';

/** The whole crash matrix: every step, every moment, every action. */
export const matrix: Command = {
  summary: 'kill, cancel or terminate every operation before and after every step',
  usage: 'matrix [arguments of Jest]',
  run: (args) => runTests(['test/promises/matrix', ...args], { SLIPWAY_MATRIX: 'full' }),
};
