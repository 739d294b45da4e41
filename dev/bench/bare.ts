import { randomUUID } from 'node:crypto';
import { Client as PostgresClient } from 'pg';
import { createTemporalClient } from '../../temporal/connection';

/** The minimum cost of a durable accept: one store transaction with one row, and one workflow start. */
export async function createBarePair(
  environment: NodeJS.ProcessEnv,
): Promise<{ run(): Promise<void>; close(): Promise<void> }> {
  const store = new PostgresClient({ connectionString: environment.DATABASE_URL });
  await store.connect();
  await store.query(
    'CREATE TABLE IF NOT EXISTS bench_bare (id uuid PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())',
  );
  const temporal = createTemporalClient({
    address: environment.TEMPORAL_ADDRESS ?? '',
    namespace: environment.TEMPORAL_NAMESPACE ?? '',
  });
  return {
    async run() {
      const id = randomUUID();
      await store.query('BEGIN');
      await store.query('INSERT INTO bench_bare (id) VALUES ($1)', [id]);
      await store.query('COMMIT');
      await temporal.workflow.start('bare', {
        workflowId: id,
        taskQueue: 'bench-bare',
        workflowExecutionTimeout: '1 minute',
      });
    },
    async close() {
      await store.query('DROP TABLE bench_bare');
      await store.end();
      await temporal.connection.close();
    },
  };
}
