import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Command } from '../../process/command';
import { measureLoad } from '../bench/load/main';
import { missedBy, tableOf } from '../bench/load/report';
import { buildBenchWorkers, ensureDist } from '../build/dist';
import { ensureMachine } from '../machine/machine';
import { ensureHome } from '../stack/home';
import { withParts } from '../stack/parts';

/** Fails when a target is missed. */
async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      seconds: { type: 'string', default: '60' },
      accepts: { type: 'string', default: '20' },
      reads: { type: 'string', default: '500' },
      readers: { type: 'string', default: '0' },
      json: { type: 'string' },
    },
  });
  const home = await ensureHome();
  const machine = await ensureMachine(home);
  await ensureDist();
  const settings = {
    worker: path.join(await buildBenchWorkers(), 'memory-worker.js'),
    seconds: Number(values.seconds),
    acceptsPerSecond: Number(values.accepts),
    readsPerSecond: Number(values.reads),
    readers: Number(values.readers),
  };
  const report = await withParts(home, machine, (environment) => measureLoad(environment, settings));
  process.stdout.write(`${tableOf(report)}\n`);
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(report, null, 2)}\n`);
  const missed = missedBy(report);
  if (missed.length > 0) throw new Error(`missed:\n${missed.map((one) => `  ${one}`).join('\n')}`);
  return 0;
}

export const load: Command = {
  summary: 'accept and read at fixed rates and check the latency targets',
  usage: 'load [--seconds 60] [--accepts 20] [--reads 500] [--readers 0] [--json FILE]',
  run,
};
