import { query, required } from '../support/database';
import { type Slipway, startSlipway } from '../support/slipway';

let slipway: Slipway;
beforeAll(async () => {
  // As in production, down to `initdb`.
  slipway = await startSlipway({ env: { SLIPWAY_ENGINE_IMAGES: required('SLIPWAY_TEST_ENGINE_IMAGES') } });
});
afterAll(async () => {
  await slipway?.stop();
});

test.each(['15', '17'])(
  'PostgreSQL %s: created, used, read, stopped and started, paused and resumed, and deleted (A15, A39)',
  async (version) => {
    const { api, backend } = slipway;
    const created = await api.succeeded('POST', '/v1/databases', { name: `orders-${version}`, version, size: 'micro' });
    const { id } = created.database;
    const connection = await api.send('GET', `/v1/databases/${id}/connection`);
    expect(connection.status).toBe(200);
    await query(connection.body.url, 'CREATE TABLE ships (name text)');
    await query(connection.body.url, "INSERT INTO ships VALUES ('Fram')");
    expect(await query(connection.body.url, 'SELECT name FROM ships')).toEqual([{ name: 'Fram' }]);
    const [engine] = await query<Record<string, string>>(
      connection.body.url,
      `SELECT current_setting('server_version') AS version, current_setting('data_checksums') AS checksums,
       current_setting('wal_level') AS wal, current_setting('fsync') AS fsync, current_user AS "user",
       (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS super`,
    );
    expect(engine).toMatchObject({ checksums: 'on', wal: 'replica', fsync: 'on', user: 'app', super: false });
    expect(engine?.version).toMatch(new RegExp(`^${version}\\.`));
    const logs = await api.send('GET', `/v1/databases/${id}/logs?tail=50`);
    expect(logs.body.items.map(({ text }: { text: string }) => text).join('\n')).toContain(
      'ready to accept connections',
    );

    // A row that is written before is readable after, and a connection survives a pause.
    for (const verbs of [['stop', 'start'], ['restart'], ['pause', 'resume']]) {
      for (const verb of verbs) await api.succeeded('POST', `/v1/databases/${id}/${verb}`);
      expect(await query(connection.body.url, 'SELECT name FROM ships')).toEqual([{ name: 'Fram' }]);
    }

    await api.succeeded('DELETE', `/v1/databases/${id}`);
    expect((await api.send('GET', `/v1/databases/${id}`)).status).toBe(404);
    expect(await backend.list({ 'slipway.database': id })).toEqual([]);
  },
);
