import { storeProgram } from '../config/config';
import { type Command, UsageError } from '../process/command';
import { configOrExit } from '../process/service';
import { openKeyStore } from '../store/access/key-store';

const usage = 'hosts replace-engine HOST-ID';

/** Lets the host's next worker bring another container engine. Access to the store permits everything. */
async function run([command, hostId, ...others]: string[]): Promise<number> {
  if (command !== 'replace-engine') throw new UsageError('expected the command replace-engine');
  if (hostId === undefined || others.length > 0) throw new UsageError('expected the id of one host');
  const store = await openKeyStore(configOrExit(storeProgram).store);
  try {
    await store.hosts.replaceEngine(hostId, { actor: 'command' });
    process.stderr.write(`host ${hostId} takes the engine of the next worker that registers\n`);
    return 0;
  } finally {
    await store.close();
  }
}

export const hosts: Command = { summary: "accept a host's new container engine", usage, run };
