import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Command } from '../../process/command';
import { measureRolling } from '../bench/rolling/main';
import { buildBenchWorkers, ensureDist } from '../build/dist';
import { ensureMachine } from '../machine/machine';
import { ensureHome } from '../stack/home';
import { withParts } from '../stack/parts';

/** Maximum extra time of an operation while programs are restarted. */
const maxExtraMs = 5_000;

/** Fails when a request or an operation fails, or an operation takes too long. */
async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      operations: { type: 'string', default: '50' },
      requests: { type: 'string', default: '100' },
      seconds: { type: 'string', default: '30' },
    },
  });
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
  if (extraMs > maxExtraMs) throw new Error(`an operation took ${Math.round(extraMs)} ms longer than before`);
  return 0;
}

export const rolling: Command = {
  summary: 'restart every program in turn under load',
  usage: 'rolling [--operations 50] [--requests 100] [--seconds 30]',
  run,
};
