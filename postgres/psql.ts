import type { Backend, Call } from '../containers/backend';
import { DatabaseError } from '../domain/errors';
import { psqlCommand } from './logins';

const timeoutSeconds = 60;

/** What psql writes after the last statement: one whose input was cut off ends well without it. */
const endMark = 'slipway: done';

/** Runs statements as the superuser, over an exec's standard input in the engine's container. Throws `engine_error`. */
export async function runPsql(backend: Backend, containerName: string, sql: string, call: Call): Promise<void> {
  const exec = { command: psqlCommand, stdin: `${sql}\n\\echo '${endMark}'\n`, timeoutSeconds };
  const { exitCode, stdout, stderr } = await backend.exec(containerName, exec, call);
  if (exitCode === 0 && stdout.trimEnd().endsWith(endMark)) return;
  // psql names the line and not the statement, which has a verifier in it.
  const reason = exitCode === 0 ? 'its input was cut off' : (stderr.split('\n')[0] ?? '');
  throw new DatabaseError('engine_error', `psql in ${containerName} failed with exit code ${exitCode}: ${reason}`);
}
