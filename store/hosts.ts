import type { Prisma, PrismaClient } from './client';
import { translated } from './errors';

export interface HostRecord {
  readonly id: string;
  /** Where its published ports are reached. */
  readonly address: string;
  readonly portFrom: number;
  readonly portTo: number;
  /** The CIDR block that its databases' networks are taken from. */
  readonly addressPool: string;
  /** Where its worker answers the API's reads. */
  readonly agentUrl: string;
}

export interface HostWithLoad extends HostRecord {
  readonly instances: number;
}

const withLoad = {
  include: { _count: { select: { instances: true } } },
  omit: { createdAt: true },
} satisfies Prisma.HostDefaultArgs;

function hostWithLoad({ _count, ...host }: Prisma.HostGetPayload<typeof withLoad>): HostWithLoad {
  return { ...host, instances: _count.instances };
}

export function createHosts(prisma: PrismaClient) {
  return {
    /** A worker says which host it serves, and with what. */
    async register(host: HostRecord): Promise<void> {
      const { id, ...settings } = host;
      await translated('register the host', () =>
        prisma.host.upsert({ where: { id }, create: host, update: settings, select: { id: true } }),
      );
    },

    async get(id: string): Promise<HostRecord | null> {
      return translated('read the host', () => prisma.host.findUnique({ where: { id }, omit: { createdAt: true } }));
    },

    /** Every host with how many instances it has, by id. */
    async list(): Promise<HostWithLoad[]> {
      const rows = await translated('list the hosts', () =>
        prisma.host.findMany({ ...withLoad, orderBy: { id: 'asc' } }),
      );
      return rows.map(hostWithLoad);
    },

    /** One of them; null when no worker has registered it. */
    async find(id: string): Promise<HostWithLoad | null> {
      const row = await translated('read the host', () => prisma.host.findUnique({ ...withLoad, where: { id } }));
      return row === null ? null : hostWithLoad(row);
    },

    /** The host for a new instance: the one with the fewest. Null when no worker has registered one. */
    async place(): Promise<string | null> {
      const host = await translated('choose a host', () =>
        prisma.host.findFirst({ orderBy: [{ instances: { _count: 'asc' } }, { id: 'asc' }], select: { id: true } }),
      );
      return host?.id ?? null;
    },

    /** Which installation this store is, by the id that stands in the labels and names of its objects. */
    async installation(): Promise<string> {
      const { id } = await translated('read the installation id', () => prisma.installation.findFirstOrThrow());
      return id;
    },
  };
}
