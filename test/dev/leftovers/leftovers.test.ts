import { chmod, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createDockerBackend } from '../../../containers/docker/backend';
import { newId } from '../../../store/connection/ids';
import { runNode } from '../../support/run-node';

const backend = createDockerBackend({ dockerHost: process.env.DOCKER_HOST });

test('a run whose tests pass fails when they left something, and not for what another stack has', async () => {
  const home = await mkdtemp(path.join(os.tmpdir(), 'slipway-leftovers-'));
  // The store's server runs as a user of its own.
  await chmod(home, 0o755);
  const tenant = newId();
  const environment = {
    ...process.env,
    SLIPWAY_HOME: home,
    SLIPWAY_TEMPORAL_BIN: process.env.SLIPWAY_TEST_TEMPORAL_BIN,
    SLIPWAY_LEFTOVERS_TENANT: tenant,
  };
  try {
    const args = ['test', '--testMatch', '**/test/dev/leftovers/leaving.ts'];
    const { code, stdout, stderr } = await runNode(path.join('dev', 'bootstrap.cjs'), args, environment);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '1 passed, 0 failed\n' });
    const [, left = ''] = /^✗ the tests left behind: (.*)$/m.exec(stderr) ?? [];
    const kinds = left.split(', ').map((object) => /^volume slipway-(?:test-)?[0-9a-f]{8}-(\S+)$/.exec(object)?.[1]);
    expect(kinds.sort()).toEqual(['store-dropped', 'store-kept', 'without-store']);
  } finally {
    for (const { name, labels } of await backend.list({ 'slipway.tenant': tenant })) {
      await backend.removeVolume(name, labels);
    }
    await rm(home, { recursive: true, force: true });
  }
});
