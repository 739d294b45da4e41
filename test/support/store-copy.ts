import { randomBytes } from 'node:crypto';
import { onServer, serverUrl, type TestDatabase } from './database';

/** A copy of a store at one moment, as a dump is. */
export interface StoreCopy {
  /** Puts the copy in the place of the store. No worker may be running. */
  restore(): Promise<void>;
  drop(): Promise<void>;
}

/** Copies a store; its connections are ended, which its users must survive. */
export async function copyStore({ name }: Pick<TestDatabase, 'name'>): Promise<StoreCopy> {
  const server = serverUrl();
  const copy = `slipway_${randomBytes(6).toString('hex')}_test`;
  await withoutConnections(server, name, () => onServer(server, `CREATE DATABASE ${copy} TEMPLATE ${name}`));
  return {
    async restore() {
      await onServer(server, `DROP DATABASE ${name} WITH (FORCE)`);
      await onServer(server, `CREATE DATABASE ${name} TEMPLATE ${copy}`);
    },
    drop: () => onServer(server, `DROP DATABASE IF EXISTS ${copy} WITH (FORCE)`),
  };
}

/** A database is a template only while nobody is connected to it. */
async function withoutConnections(server: string, name: string, run: () => Promise<void>): Promise<void> {
  await onServer(server, `ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
  try {
    await onServer(server, `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '${name}'`);
    await run();
  } finally {
    await onServer(server, `ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
  }
}
