import { type Command, UsageError } from '../process/command';
import { onStore } from '../process/on-store';

const usage = 'hosts replace-engine HOST-ID';

/** Lets the host's next worker bring another container engine. */
async function run([command, hostId, ...others]: string[]): Promise<number> {
  if (command !== 'replace-engine') throw new UsageError('expected the command replace-engine');
  if (hostId === undefined || others.length > 0) throw new UsageError('expected the id of one host');
  return onStore(async ({ hosts: records }) => {
    await records.replaceEngine(hostId, { actor: 'command' });
    process.stderr.write(`host ${hostId} takes the engine of the next worker that registers\n`);
  });
}

export const hosts: Command = { summary: "accept a host's new container engine", usage, run };
