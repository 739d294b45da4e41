import { testCommand } from './run-tests';

/** Every test of the project, or those that are named. */
testCommand(process.argv.slice(2));
