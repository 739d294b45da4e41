import { type Commands, runCommands } from '../process/command';
import { failed } from './machine/stages';
import { bench } from './trials/bench';
import { chaos } from './trials/chaos';
import { faults } from './trials/faults';
import { fuzz } from './trials/fuzz';
import { load } from './trials/load';
import { matrix } from './trials/matrix';
import { mutation } from './trials/mutation';
import { record } from './trials/record';
import { rolling } from './trials/rolling';
import { schemathesis } from './trials/schemathesis';

/** Trials that take too long for every test run. */
const trials: Commands = { matrix, faults, chaos, fuzz, schemathesis, load, rolling, bench, record, mutation };

void runCommands(trials, process.argv.slice(2), failed).then(() => process.exit());
