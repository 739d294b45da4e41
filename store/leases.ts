import { translated } from './connection/errors';
import type { PrismaClient } from './connection/executor';

/** Leases of what one process does at a time. All times are the store's. */
export function createLeases(prisma: PrismaClient) {
  return {
    /** Takes a lease, or renews the holder's own, for this many milliseconds. False while another holder has it. */
    async take(name: string, holder: string, durationMs: number): Promise<boolean> {
      const taken = await translated(
        'take a lease',
        () => prisma.$executeRaw`
          INSERT INTO leases AS current (name, holder, until)
          VALUES (${name}, ${holder}, now() + ${durationMs} * interval '1 millisecond')
          ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
          WHERE current.holder = excluded.holder OR current.until < now()`,
      );
      return taken === 1;
    },
  };
}
