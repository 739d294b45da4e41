import { parseArgs } from 'node:util';
import { healthReport, measureAllOfHealth } from '../bench/health-report';
import { bench, saveReport, tableOf } from '../bench/main';
import { ensureDist } from '../build/dist';
import { ensureMachine } from '../machine/machine';
import { runCommand } from '../machine/stages';
import { ensureHome } from '../stack/home';
import { withParts } from '../stack/parts';

const { values } = parseArgs({
  options: {
    health: { type: 'boolean', default: false },
    json: { type: 'string' },
    rounds: { type: 'string', default: '15' },
    burst: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '20' },
  },
});

/** Slipway beside raw Docker; `--json FILE` writes the figures. With `--health` only what checks take and how soon one is told. */
async function main(): Promise<void> {
  const home = await ensureHome();
  const machine = await ensureMachine(home);
  await ensureDist();
  if (values.health) {
    const seconds = Number(values.seconds);
    const report = await withParts(home, machine, (environment) => measureAllOfHealth(environment, seconds));
    process.stdout.write(`${healthReport(report)}\n`);
    return;
  }
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
