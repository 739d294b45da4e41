import type { Backend } from '../containers/backend';
import { DatabaseError } from '../databases/errors';
import { loginsSql, monitorLogin, psqlCommand } from '../postgres/logins';
import { probeAnswer, probeReady } from '../postgres/probe';
import { awaitAnswer, awaitReady, type Patience } from '../postgres/readiness';
import { newPassword, scramVerifier } from '../postgres/scram';
import type { Store } from '../store/store';
import type { Engine } from './engine';

const loginsTimeoutSeconds = 60;

/** PostgreSQL in a container: asked over TCP, and set up through an exec whose standard input has the statements. */
export function createPostgresEngine(store: Store, backend: Backend, patience: Patience): Engine {
  return {
    async awaitAnswer(address, { signal }) {
      await awaitAnswer(() => probeAnswer(address), patience, signal);
    },

    async ensureLogins(containerName, { databaseId, tenantId }, call) {
      const owner = scramVerifier(await store.secrets.ensure(tenantId, databaseId, 'owner', newPassword));
      const monitor = scramVerifier(await store.secrets.ensure(tenantId, databaseId, 'monitor', newPassword));
      const exec = { command: psqlCommand, stdin: loginsSql({ owner, monitor }), timeoutSeconds: loginsTimeoutSeconds };
      const { exitCode, stderr } = await backend.exec(containerName, exec, call);
      if (exitCode !== 0) {
        // psql names the line and not the statement, which has a verifier in it.
        const reason = stderr.split('\n')[0] ?? '';
        throw new DatabaseError('engine_error', `psql ended with ${exitCode} in ${containerName}: ${reason}`);
      }
    },

    async awaitReady(address, { databaseId }, { signal }) {
      const password = await store.secrets.read(databaseId, 'monitor');
      await awaitReady(() => probeReady({ ...address, ...monitorLogin, password }), patience, signal);
    },
  };
}
