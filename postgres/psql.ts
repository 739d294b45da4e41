import type { Backend, Call } from '../containers/backend';
import { DatabaseError } from '../domain/errors';
import { psqlCommand } from './logins';

const timeoutSeconds = 60;

/** Written by psql after the last statement: with truncated input, psql exits with 0 but without this mark. */
const endMark = 'slipway: done';

/**
 * Runs statements as the superuser, on the standard input of an exec in the engine's container. Throws `engine_error`.
 */
export async function runPsql(backend: Backend, containerName: string, sql: string, call: Call): Promise<void> {
  const exec = { command: psqlCommand, stdin: `${sql}\n\\echo '${endMark}'\n`, timeoutSeconds };
  const { exitCode, stdout, stderr } = await backend.exec(containerName, exec, call);
  if (exitCode === 0 && stdout.trimEnd().endsWith(endMark)) return;
  // psql's error names the line but not the statement, which contains a verifier.
  const reason = exitCode === 0 ? 'its input was cut off' : (stderr.split('\n')[0] ?? '');
  throw new DatabaseError('engine_error', `psql in ${containerName} failed with exit code ${exitCode}: ${reason}`);
}
