import { testCommand } from '../run-tests';

/** Records the workflow histories anew, for a change of the workflows that running ones need not survive. */
testCommand(['--testMatch', '**/test/workflows/record.ts', ...process.argv.slice(2)]);
