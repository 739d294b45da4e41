import type { PrismaClient } from '../connection/executor';
import { createDifferences } from './differences';
import { createHold } from './hold';
import { createRelease } from './release';
import { createRestore } from './restored';

/** The installation as a whole: whether its store was restored from a backup, and what follows. */
export function createInstallation(prisma: PrismaClient) {
  return {
    ...createHold(prisma),
    ...createRestore(prisma),
    ...createDifferences(prisma),
    ...createRelease(prisma),
  };
}
