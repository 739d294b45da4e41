import type { PrismaClient } from '../generated/client';

/** A client, or one transaction of it: what a repository's statement runs on. */
export type Executor = Omit<PrismaClient, '$connect' | '$disconnect' | '$on' | '$use' | '$extends' | '$transaction'>;

export { Prisma, type PrismaClient } from '../generated/client';
