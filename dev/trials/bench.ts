import { parseArgs } from 'node:util';
import type { Command } from '../../process/command';
import { healthReport, measureAllOfHealth } from '../bench/health-report';
import { bench as measure, saveReport, tableOf } from '../bench/main';
import { ensureDist } from '../build/dist';
import { ensureMachine } from '../machine/machine';
import { ensureHome } from '../stack/home';
import { withParts } from '../stack/parts';

/** With `--health`, measures only health checks: their cost, and the time until a failure is reported. */
async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      health: { type: 'boolean', default: false },
      json: { type: 'string' },
      rounds: { type: 'string', default: '15' },
      burst: { type: 'string', default: '20' },
      seconds: { type: 'string', default: '20' },
    },
  });
  const home = await ensureHome();
  const machine = await ensureMachine(home);
  await ensureDist();
  if (values.health) {
    const seconds = Number(values.seconds);
    const report = await withParts(home, machine, (environment) => measureAllOfHealth(environment, seconds));
    process.stdout.write(`${healthReport(report)}\n`);
    return 0;
  }
  const settings = {
    rounds: Number(values.rounds),
    burst: Number(values.burst),
    acceptSeconds: Number(values.seconds),
  };
  const report = await withParts(home, machine, (environment) => measure(environment, settings));
  process.stdout.write(`${tableOf(report)}\n`);
  if (values.json !== undefined) await saveReport(values.json, report);
  return 0;
}

export const bench: Command = {
  summary: 'compare Slipway with raw Docker in the same run',
  usage: 'bench [--rounds 15] [--burst 20] [--seconds 20] [--json FILE] [--health]',
  run,
};
