import type { PrismaClient } from '../generated/client';

/** A client, or one transaction of it. */
export type Executor = Omit<PrismaClient, '$connect' | '$disconnect' | '$on' | '$use' | '$extends' | '$transaction'>;

export { Prisma, type PrismaClient } from '../generated/client';
