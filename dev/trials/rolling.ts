import path from 'node:path';
import { parseArgs } from 'node:util';
import { measureRolling } from '../bench/rolling/main';
import { buildBenchWorkers, ensureDist } from '../build/dist';
import { ensureMachine } from '../machine/machine';
import { runCommand } from '../machine/stages';
import { ensureHome } from '../stack/home';
import { withParts } from '../stack/parts';

const { values } = parseArgs({
  options: {
    operations: { type: 'string', default: '50' },
    requests: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '30' },
  },
});

/** How much longer an operation may take because programs are restarted. */
const mostExtraMs = 5_000;

/** Restarts of every program under load; fails when a caller or an operation has noticed more than a wait. */
async function main(): Promise<void> {
  const home = await ensureHome();
  const machine = await ensureMachine(home);
  await ensureDist();
  const settings = {
    worker: path.join(await buildBenchWorkers(), 'rolling', 'worker.js'),
    operations: Number(values.operations),
    requestsPerSecond: Number(values.requests),
    seconds: Number(values.seconds),
  };
  const report = await withParts(home, machine, (environment) => measureRolling(environment, settings));
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  const extraMs = report.longestMeanwhile - report.longestBefore;
  if (report.failures.length > 0)
    throw new Error(`${report.failures.length} failures; the first: ${report.failures[0]}`);
  if (extraMs > mostExtraMs) throw new Error(`an operation took ${Math.round(extraMs)} ms longer than before`);
}

runCommand(main);
