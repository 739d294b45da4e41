import type { Backend } from '../containers/backend';
import { DatabaseError } from '../domain/errors';
import { ownerSecret } from '../store/databases/secrets';
import type { Store } from '../store/store';
import { checkEngine } from './check';
import { runCheckpoint } from './checkpoint';
import type { Engine, EngineCall } from './engine';
import { layoutOf } from './layout';
import { loginsSql, monitorLogin } from './logins';
import type { EnginePatience } from './patience';
import { probeAnswer, probePendingRestart, probeReady, restartSettings } from './probe';
import { runPsql } from './psql';
import { awaitAnswer, awaitReady, causeOf } from './readiness';
import { candidateConf, reconfigureCommand, reconfigureExit, refusalIn } from './reconfigure';
import type { Recovery } from './recovery';
import { newPassword, scramVerifier } from './scram';
import { awaitSettled } from './settled';

const reconfigureTimeoutSeconds = 60;

/** PostgreSQL in a container: probed over TCP, and set up by statements on the standard input of an exec. */
export function createPostgresEngine(store: Store, backend: Backend, patience: EnginePatience): Engine {
  const recoveryIn = ({ recoveringSeconds }: Pick<EngineCall, 'recoveringSeconds'>): Recovery => ({
    beforeMs: recoveringSeconds * 1000,
    limitMs: patience.recoveryMs,
  });

  return {
    async awaitAnswer(address, call) {
      await awaitAnswer(() => probeAnswer(address), patience, call.signal, { recovery: recoveryIn(call) });
    },

    async ensureLogins(containerName, { databaseId, tenantId }, credentials, call) {
      const secret = ownerSecret(credentials);
      const owner = scramVerifier(await store.secrets.ensure(tenantId, databaseId, secret, newPassword));
      const monitor = scramVerifier(await store.secrets.ensure(tenantId, databaseId, 'monitor', newPassword));
      await runPsql(backend, containerName, loginsSql({ owner, monitor }), call);
    },

    async configure(containerName, template, call) {
      const { mountPath } = layoutOf(template.version);
      await backend.putFiles(containerName, mountPath, [candidateConf(template.settings)], call);
      const exec = { command: reconfigureCommand(mountPath), timeoutSeconds: reconfigureTimeoutSeconds };
      const { exitCode, stderr } = await backend.exec(containerName, exec, call);
      if (exitCode === reconfigureExit.refused) {
        throw new DatabaseError(
          'settings_refused',
          `the engine in ${containerName} rejected the settings: ${refusalIn(stderr)}`,
        );
      }
      if (exitCode !== 0) {
        throw new DatabaseError(
          'engine_error',
          `changing the settings in ${containerName} failed with exit code ${exitCode}: ${stderr}`,
        );
      }
    },

    async restartSettings(address, { databaseId }) {
      const password = await store.secrets.read(databaseId, 'monitor');
      return restartSettings({ ...address, ...monitorLogin, password });
    },

    async awaitReady(address, { databaseId }, call) {
      const password = await store.secrets.read(databaseId, 'monitor');
      const probe = () => probeReady({ ...address, ...monitorLogin, password });
      await awaitReady(probe, patience, call.signal, recoveryIn(call));
    },

    async checkpoint(containerName, call) {
      await runCheckpoint(backend, containerName, call);
    },

    async awaitSettled(containerName, call) {
      await awaitSettled(backend, containerName, recoveryIn(call), call);
    },

    async observe(address, { databaseId }) {
      const password = await store.secrets.read(databaseId, 'monitor');
      try {
        return await probePendingRestart({ ...address, ...monitorLogin, password });
      } catch (error) {
        throw new DatabaseError('not_ready', `the engine does not respond: ${causeOf(error)}`, {}, { cause: error });
      }
    },

    async check(address, { databaseId }, timeoutMs) {
      const password = await store.secrets.read(databaseId, 'monitor');
      return checkEngine({ ...address, ...monitorLogin, password }, timeoutMs);
    },
  };
}
