import { randomBytes } from 'node:crypto';
import { createDockerBackend } from '../../../containers/docker/backend';
import { labelsOf } from '../../../domain/names';
import { required } from '../../support/database';
import { newInstallation } from '../../support/installations';
import { openTestStore } from '../../support/test-store';

// Run by leftovers.test.ts: it leaves a volume of each kind of installation, and passes.

const backend = createDockerBackend({ dockerHost: process.env.DOCKER_HOST });

async function leave(what: string, installation: string): Promise<void> {
  const labels = labelsOf({ installation, tenantId: required('SLIPWAY_LEFTOVERS_TENANT'), databaseId: 'none' });
  await backend.ensureVolume({ name: `slipway-${installation}-${what}`, labels });
}

test('a volume of each is left', async () => {
  await leave('without-store', newInstallation());
  const dropped = await openTestStore();
  await leave('store-dropped', await dropped.store.hosts.installation());
  await dropped.close();
  const kept = await openTestStore();
  await leave('store-kept', await kept.store.hosts.installation());
  await kept.store.close();
  // Another stack's on the same engine, which begins while the tests run.
  await leave('of-another-stack', randomBytes(4).toString('hex'));
});
