import { secretsProgram } from '../config/config';
import { type Command, UsageError } from '../process/command';
import { configOrExit } from '../process/service';
import { createCipher } from '../store/connection/cipher';
import { createStore, type Store } from '../store/store';

const usage = 'secrets reencrypt';

/** Secrets per batch. */
const batchSize = 200;

/**
 * Re-encrypts every secret encrypted with a former key under the current key, and prints how many. May be interrupted
 * and repeated, also while API and worker run with the same keys.
 *
 * @returns whether every secret could be read
 */
async function reencrypt(store: Store): Promise<boolean> {
  let resealed = 0;
  let unreadable = 0;
  for await (const batch of store.resealing.batches(batchSize)) {
    resealed += batch.resealed;
    unreadable += batch.unreadable.length;
    for (const reason of batch.unreadable) process.stderr.write(`${reason}\n`);
  }
  process.stdout.write(
    `re-encrypted ${resealed} secrets${unreadable === 0 ? '' : `, and could not read ${unreadable}`}\n`,
  );
  return unreadable === 0;
}

async function run([command, ...others]: string[]): Promise<number> {
  if (command !== 'reencrypt' || others.length > 0) throw new UsageError('expected the command reencrypt');
  const config = configOrExit(secretsProgram);
  const store = createStore(config.store, createCipher(config.secrets.secretKey, config.secrets.formerSecretKeys));
  try {
    return (await reencrypt(store)) ? 0 : 1;
  } finally {
    await store.close();
  }
}

export const secrets: Command = { summary: 're-encrypt secrets under the current key', usage, run };
