import { Client } from 'pg';
import { readStatistics } from '../../postgres/statistics';
import { eventually } from '../support/eventually';
import { createWorkbench, majors, monitorAt, ownerAt, passwords, type Server } from './workbench';

describe.each(majors)('PostgreSQL %s', (version) => {
  const workbench = createWorkbench();
  let server: Server;
  beforeAll(async () => {
    server = await workbench.run(version);
    await server.logins();
  });
  afterAll(() => workbench.remove());

  test('says how many are connected, how long the oldest is in a transaction, and what was done', async () => {
    const [one, other] = [new Client(ownerAt(server)), new Client(ownerAt(server))];
    await one.connect();
    await other.connect();
    try {
      await one.query('BEGIN');
      await one.query('CREATE TABLE ships AS SELECT generate_series(1, 100000)');
      const before = await readStatistics(monitorAt(server), 2_000);
      expect(before).toEqual({
        startedAt: expect.any(Date),
        connections: 2,
        maxConnections: Number(await server.psql('SHOW max_connections')),
        databaseBytes: expect.any(Number),
        committedTransactions: expect.any(Number),
        rolledBackTransactions: expect.any(Number),
        oldestTransactionSeconds: expect.any(Number),
      });
      expect(before.oldestTransactionSeconds).toBeGreaterThan(0);
      await one.query('ROLLBACK');
      for (let turn = 0; turn < 5; turn += 1) await other.query('SELECT 1');
      await one.end();
      await other.end();
      // A session's counters arrive at its end at the latest.
      await eventually(async () => {
        const after = await readStatistics(monitorAt(server), 2_000);
        expect(after).toMatchObject({ connections: 0, oldestTransactionSeconds: null, startedAt: before.startedAt });
        expect(after.committedTransactions).toBeGreaterThanOrEqual(before.committedTransactions + 5);
        expect(after.rolledBackTransactions).toBeGreaterThan(before.rolledBackTransactions);
      });
    } finally {
      await Promise.allSettled([one.end(), other.end()]);
    }
  });

  test('a refused login is engine_error and shows no password', async () => {
    const connection = { ...monitorAt(server), password: 'a-wrong-password' };
    const refused = readStatistics(connection, 2_000);
    await expect(refused).rejects.toMatchObject({
      code: 'engine_error',
      message: expect.not.stringMatching(`a-wrong-password|${passwords.monitor}`),
    });
  });

  test('a frozen engine is not_ready when the time is over, not later', async () => {
    await workbench.docker.getContainer(server.name).pause();
    try {
      const began = performance.now();
      await expect(readStatistics(monitorAt(server), 150)).rejects.toMatchObject({ code: 'not_ready' });
      expect(performance.now() - began).toBeLessThan(5_000);
    } finally {
      await workbench.docker.getContainer(server.name).unpause();
    }
  });
});
