import { parseArgs } from 'node:util';
import { bench, saveReport, tableOf } from '../bench/main';
import { ensureDist } from './dist';
import { ensureHome } from './home';
import { ensureMachine } from './machine';
import { withParts } from './parts';
import { runCommand } from './stages';

const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    rounds: { type: 'string', default: '15' },
    burst: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '20' },
  },
});

/** Slipway beside raw Docker; `--json FILE` writes the figures. */
async function main(): Promise<void> {
  const home = await ensureHome();
  const machine = await ensureMachine(home);
  await ensureDist();
  const settings = {
    rounds: Number(values.rounds),
    burst: Number(values.burst),
    acceptSeconds: Number(values.seconds),
  };
  const report = await withParts(home, machine, (environment) => bench(environment, settings));
  process.stdout.write(`${tableOf(report)}\n`);
  if (values.json !== undefined) await saveReport(values.json, report);
}

runCommand(main);
