import Docker from 'dockerode';
import { freePort } from '../../dev/stack/ports';
import { labelsOf } from '../../domain/names';
import { query, required } from './database';
import { eventually } from './eventually';
import { newInstallation } from './installations';

/** A PgBouncer in front of a database of the store. */
export interface StorePooler {
  /** The same database, through the pooler. */
  readonly url: string;
  /** Maximum number of its connections to the server. */
  readonly poolSize: number;
  remove(): Promise<void>;
}

/** Starts PgBouncer in transaction mode, which finds no statement that a client has named. */
export async function startStorePooler(databaseUrl: string): Promise<StorePooler> {
  const server = new URL(databaseUrl);
  const through = new URL(databaseUrl);
  through.port = String(await freePort());
  const poolSize = 2;
  const ini = `[databases]
* = host=${server.hostname} port=${server.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${through.port}
unix_socket_dir =
auth_type = plain
auth_file = /tmp/userlist.txt
pool_mode = transaction
default_pool_size = ${poolSize}
max_prepared_statements = 0
`;
  const users = `"${decodeURIComponent(server.username)}" "${decodeURIComponent(server.password)}"\n`;
  const script = [
    'printf %s "$USERS" > /tmp/userlist.txt',
    'printf %s "$INI" > /tmp/pgbouncer.ini',
    'exec pgbouncer /tmp/pgbouncer.ini',
  ].join('; ');
  const container = await new Docker().createContainer({
    Image: required('SLIPWAY_POOLER_IMAGE'),
    Entrypoint: ['sh', '-c'],
    Cmd: [script],
    Env: [`INI=${ini}`, `USERS=${users}`],
    User: 'postgres',
    Labels: { ...labelsOf({ installation: newInstallation(), tenantId: 'default', databaseId: 'none' }) },
    // The store listens on loopback only.
    HostConfig: { NetworkMode: 'host' },
  });
  const remove = async (): Promise<void> => void (await container.remove({ force: true, v: true }));
  try {
    await container.start();
    await eventually(() => query(through.href, 'SELECT 1'));
  } catch (error) {
    await remove();
    throw error;
  }
  return { url: through.href, poolSize, remove };
}
