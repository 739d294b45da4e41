import type { Command } from '../../process/command';
import { runTests } from '../run-tests';

/** For a change of the workflows that running ones need not survive. */
export const record: Command = {
  summary: 're-record the workflow histories that the replay tests use',
  usage: 'record [arguments of Jest]',
  run: (args) => runTests(['--testMatch', '**/test/workflows/record.ts', ...args]),
};
