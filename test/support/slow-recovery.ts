import type { Backend } from '../../containers/backend';
import { layoutOf } from '../../postgres/layout';
import { psqlCommand } from '../../postgres/logins';

/** Commands in the container of a running server. */
export type Shell = (command: readonly string[], stdin?: string) => Promise<unknown>;

export function shellIn(backend: Backend, name: string): Shell {
  return async (command, stdin) => {
    const exec = { command, timeoutSeconds: 60, ...(stdin === undefined ? {} : { stdin }) };
    const { exitCode, stderr } = await backend.exec(name, exec);
    if (exitCode !== 0) throw new Error(`${command[0]} in ${name}: ${stderr}`);
  };
}

/**
 * Makes the server recover at its next start until `endRecovery`: from an archive (PostgreSQL, 26.3.5) whose command
 * waits, while the server refuses every connection as it does during crash recovery.
 */
export async function delayRecovery(shell: Shell, version: string): Promise<void> {
  const command = 'while [ -e slow ]; do sleep 0.1; done; false';
  await shell(psqlCommand, `ALTER SYSTEM SET restore_command = '${command}';`);
  await shell(['touch', ...['slow', 'recovery.signal'].map((file) => `${layoutOf(version).mountPath}/pgdata/${file}`)]);
}

export async function endRecovery(shell: Shell, version: string): Promise<void> {
  await shell(['rm', `${layoutOf(version).mountPath}/pgdata/slow`]);
}
