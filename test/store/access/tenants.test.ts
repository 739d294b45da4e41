import {
  acceptedCreate,
  ada,
  inputOf,
  openTestStore,
  requestOf,
  type TestStore,
  uniqueName,
} from '../../support/test-store';

let bench: TestStore;
let store: TestStore['store'];
beforeAll(async () => {
  bench = await openTestStore();
  store = bench.store;
});
afterAll(async () => {
  await bench?.close();
});

const page = { pageSize: 9, pageToken: null };
const maker = { actor: 'ada', requireGrantable: () => undefined };

test('the first tenant is there, and stays', async () => {
  expect(await store.tenants.get('default')).toMatchObject({ id: 'default', name: 'default' });
  await expect(store.tenants.remove('default', null, ada)).rejects.toMatchObject({ code: 'tenant_in_use' });
});

test('a tenant has a name of its own, and an id that no other ever had', async () => {
  const name = uniqueName();
  const first = await store.tenants.create(name, ada);
  await expect(store.tenants.create(name, ada)).rejects.toMatchObject({ code: 'name_in_use' });
  expect((await store.tenants.list(page)).items).toContainEqual(first);
  await store.tenants.remove(first.id, null, ada);
  expect(await store.tenants.get(first.id)).toBeNull();
  expect((await store.tenants.create(name, ada)).id).not.toBe(first.id);
});

test('a tenant that goes takes its keys along', async () => {
  const { id } = await store.tenants.create(uniqueName(), ada);
  const { key } = await store.keys.create(null, maker, { role: 'admin', tenantId: id, expiresAt: null }, 'ada');
  expect(await store.keys.present(key, id)).not.toBeNull();
  await store.tenants.remove(id, null, ada);
  expect(await store.keys.present(key, id)).toBeNull();
});

test('a tenant with a database stays, and so do its keys', async () => {
  const { id } = await store.tenants.create(uniqueName(), ada);
  await store.operations.create(requestOf({ tenantId: id }), inputOf());
  await expect(store.tenants.remove(id, null, ada)).rejects.toMatchObject({
    code: 'tenant_in_use',
    details: { databases: 1 },
  });
  expect(await store.tenants.get(id)).not.toBeNull();
});

test('of a removal and a create at once one is refused: no database is left without a tenant', async () => {
  const outcomes = new Set<string>();
  for (let turn = 0; turn < 20; turn += 1) {
    const { id } = await store.tenants.create(uniqueName(), ada);
    const [removed, created] = await Promise.allSettled([
      store.tenants.remove(id, null, ada),
      store.operations.create(requestOf({ tenantId: id }), inputOf()),
    ]);
    expect([removed.status, created.status].sort()).toEqual(['fulfilled', 'rejected']);
    const refused = [removed, created].find((one): one is PromiseRejectedResult => one.status === 'rejected');
    outcomes.add((refused?.reason as { code: string }).code);
  }
  for (const code of outcomes) expect(['tenant_in_use', 'not_found']).toContain(code);
});

test('a removal of what is not there says so', async () => {
  await expect(store.tenants.remove('aaaaaaaaaaaa', null, ada)).rejects.toMatchObject({ code: 'not_found' });
  await expect(acceptedCreate(store)).resolves.toBeDefined();
});
