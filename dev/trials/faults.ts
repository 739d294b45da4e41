import { parseArgs } from 'node:util';
import type { Command } from '../../process/command';
import { runTests } from '../run-tests';

/** Runs all sets of faults, or the named ones; with `-t`, only the tests whose names match. */
async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { only: { type: 'string', short: 't' } },
  });
  const sets = positionals.length > 0 ? positionals : [''];
  const only = values.only === undefined ? [] : ['-t', values.only];
  return runTests([...sets.map((set) => `test/promises/faults/${set}`), ...only], { SLIPWAY_FAULTS: 'full' });
}

export const faults: Command = {
  summary: 'inject every fault of Docker, the store, Temporal and the Docker daemon',
  usage: "faults [docker] [parts] [daemon] [-t PATTERN]     for example: faults docker -t '^create: '",
  run,
};
