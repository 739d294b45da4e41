import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startBenchSlipway } from '../bench/slipway';
import { ensureDist } from '../build/dist';
import { ensureMachine } from '../machine/machine';
import { ensurePythonTool } from '../machine/python-tool';
import { runCommand, stage } from '../machine/stages';
import { endWithThisProcess } from '../stack/children';
import { createApiClient } from '../stack/client';
import { ensureHome } from '../stack/home';
import { withParts } from '../stack/parts';

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '10000' },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
  },
});

const config = path.join(__dirname, '..', 'tools', 'schemathesis', 'schemathesis.toml');

/** About as many routes as there are: every one is asked equally often. */
const routes = 50;

/** A stream that has no end; how it is refused is a matter of `npm run fuzz`. */
const endless = ['--exclude-path', '/v1/events/stream'];

/**
 * What would take from the run its own key and its host, once it follows ids from lists to here. These are asked apart,
 * with ids that are made up.
 */
const ownThings = '^/v1/(keys|hosts)/\\{id\\}';

/** Requests made from the API document by schemathesis, against an API whose containers are in memory. */
async function main(): Promise<void> {
  const home = await ensureHome();
  const machine = await ensureMachine(home);
  const program = await stage('schemathesis', (note) => ensurePythonTool('schemathesis', note));
  await ensureDist();
  const cases = Number(values.cases);
  const generated = await withParts(home, machine, async (environment) => {
    const slipway = await startBenchSlipway(
      { ...environment, SLIPWAY_FAILED_LOGINS_PER_MINUTE: '0' },
      'dev/bench/memory-worker.ts',
    );
    const { url, key } = slipway;
    const ask = (...args: string[]) => generatedBy(program, [...common(url, cases), ...args], key, home.folder);
    try {
      const all = await ask(...endless, '--exclude-path-regex', ownThings);
      const own = await ask('--include-path-regex', ownThings, '--phases', 'examples,coverage,fuzzing');
      // With a key that was revoked on the way nothing was looked at.
      await createApiClient(url, key)('GET', '/v1/databases');
      return all + own;
    } finally {
      await slipway.stop();
    }
  });
  process.stdout.write(`${generated} cases, seed ${values.seed}, no failure\n`);
  if (generated < cases) throw new Error(`${generated} cases are fewer than ${cases}`);
}

function common(url: string, cases: number): string[] {
  const settings = {
    '--max-examples': String(Math.ceil(cases / routes)),
    '--seed': values.seed,
    '--request-timeout': '30',
    '--generation-database': 'none',
  };
  return ['--config-file', config, 'run', `${url}/openapi.json`, '--no-color', ...Object.entries(settings).flat()];
}

/** Runs schemathesis, and says how many cases it made. Throws when it has found something. */
async function generatedBy(program: string, args: readonly string[], key: string, cwd: string): Promise<number> {
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, SLIPWAY_KEY: key },
    // It leaves a folder of what it found where it runs.
    cwd,
  });
  endWithThisProcess(child, 'SIGTERM');
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    process.stdout.write(chunk);
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`schemathesis ended with ${code}; it says above what it found`);
  return Number(/^\s*(\d+) generated/m.exec(Buffer.concat(chunks).toString())?.[1] ?? 0);
}

runCommand(main);
