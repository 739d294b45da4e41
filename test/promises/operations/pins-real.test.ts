import { randomBytes } from 'node:crypto';
import Docker from 'dockerode';
import { query, required } from '../../support/database';
import { expectTruth } from '../../support/oracle';
import { type Slipway, startSlipway } from '../../support/slipway';

const docker = new Docker();
const repo = `slipway-pins-${randomBytes(4).toString('hex')}`;
const reference = `${repo}:17`;
const images = new Map(
  required('SLIPWAY_ENGINE_IMAGES')
    .split(',')
    .map((pair) => pair.split('=') as [string, string]),
);
const imageOf = (version: string) => docker.getImage(images.get(version) ?? '');

let slipway: Slipway;
beforeAll(async () => {
  await imageOf('17').tag({ repo, tag: '17' });
  slipway = await startSlipway({ env: { SLIPWAY_ENGINE_IMAGES: `17=${reference}` } });
});
afterAll(async () => {
  await slipway?.stop();
  // Of an image with other tags, this removes the tag alone.
  await docker.getImage(reference).remove();
});

test('a database keeps its image, and its data, when the reference comes to mean another one (M04)', async () => {
  const { api } = slipway;
  const { database } = await api.succeeded('POST', '/v1/databases', { name: 'pinned', version: '17', size: 'micro' });
  const { url } = (await api.send('GET', `/v1/databases/${database.id}/connection`)).body;
  await query(url, `CREATE TABLE committed AS SELECT 'kept' AS value`);
  const imageId = async () => {
    const objects = await slipway.backend.list({ 'slipway.database': database.id });
    const { name = '' } = objects.find(({ kind }) => kind === 'container') ?? {};
    return (await docker.getContainer(name).inspect()).Image;
  };
  const { Id: own } = await imageOf('17').inspect();
  expect(await imageId()).toBe(own);
  await imageOf('15').tag({ repo, tag: '17' });
  await api.succeeded('POST', `/v1/databases/${database.id}/resize`, { size: 'small' });
  expect(await imageId()).toBe(own);
  const shown = (await api.send('GET', `/v1/databases/${database.id}`)).body;
  expect(shown.instances[0].image).toMatchObject({ reference, digest: expect.stringContaining('sha256:') });
  expect(await expectTruth(slipway, database.id, { url, value: 'kept' })).toBe('available');
});
