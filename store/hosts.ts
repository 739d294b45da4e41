import type { PrismaClient } from './client';
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
