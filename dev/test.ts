import { runCommand } from './machine/stages';
import { runTests } from './run-tests';

/** Every test of the project, or those that are named. */
runCommand(async () => process.exit(await runTests(process.argv.slice(2))));
