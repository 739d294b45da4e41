import { parseArgs } from 'node:util';
import { bench, saveReport, tableOf } from '../bench/main';
import { build } from './build';
import { ensureHome } from './home';
import { ensureMachine } from './machine';
import { withParts } from './parts';
import { explain, stage } from './stages';

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
  const machine = await ensureMachine(await ensureHome());
  await stage('build dist/', build);
  const settings = {
    rounds: Number(values.rounds),
    burst: Number(values.burst),
    acceptSeconds: Number(values.seconds),
  };
  const report = await withParts(machine, (environment) => bench(environment, settings));
  process.stdout.write(`${tableOf(report)}\n`);
  if (values.json !== undefined) await saveReport(values.json, report);
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    explain(error);
    process.exit(1);
  },
);
