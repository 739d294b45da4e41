import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { measureLoad } from '../bench/load/main';
import { missedBy, tableOf } from '../bench/load/report';
import { buildBenchWorkers, ensureDist } from '../build/dist';
import { ensureMachine } from '../machine/machine';
import { runCommand } from '../machine/stages';
import { ensureHome } from '../stack/home';
import { withParts } from '../stack/parts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    accepts: { type: 'string', default: '20' },
    reads: { type: 'string', default: '500' },
    readers: { type: 'string', default: '0' },
    json: { type: 'string' },
  },
});

/** Accepts and reads under load; fails when a target is missed. `--json FILE` writes the figures. */
async function main(): Promise<void> {
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
}

runCommand(main);
