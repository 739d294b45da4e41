import { runCommand } from './machine/stages';
import { runTests } from './run-tests';

/** Runs every test of the project, or the named ones. */
runCommand(async () => process.exit(await runTests(process.argv.slice(2))));
