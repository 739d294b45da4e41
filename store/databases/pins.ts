import { type Binding, isDigest, type Part } from '../../domain/planning/pins';
import type { SidecarRole } from '../../domain/sidecars';
import { translated } from '../connection/errors';
import { Prisma, type PrismaClient } from '../connection/executor';

/** A container as it was found, or as it was created. */
export interface ContainerRecord {
  readonly instanceId: string;
  readonly part: Part;
  /** The reference of the image that it should have. */
  readonly reference: string;
  /** The image that it was created from; ignored unless it names its content. */
  readonly image: string;
  readonly binding: Binding | null;
}

/** What containers were created from, and where they are published. */
export function createPins(prisma: PrismaClient) {
  return {
    /**
     * Records where a container is published and, where the record does not know it yet, its image: a pin that is on
     * record stays.
     */
    async record({ instanceId, part, reference, image, binding }: ContainerRecord): Promise<void> {
      const digest = isDigest(image) ? image : null;
      const { address, port } = binding ?? { address: null, port: null };
      const row = part === 'engine' ? instanceRow(instanceId) : sidecarRow(instanceId, part);
      await translated(
        'record a container',
        () => prisma.$executeRaw`
          UPDATE ${row.table} SET
            image_reference = coalesce(image_reference, ${reference}),
            image_digest = CASE WHEN coalesce(image_reference, ${reference}) = ${reference}
              THEN coalesce(image_digest, ${digest}::text) ELSE image_digest END,
            address = coalesce(${address}::text, address),
            host_port = coalesce(${port}::int, host_port)
          WHERE ${row.where}`,
      );
    },
  };
}

function instanceRow(instanceId: string) {
  return { table: Prisma.sql`instances`, where: Prisma.sql`id = ${instanceId}` };
}

function sidecarRow(instanceId: string, role: SidecarRole) {
  return { table: Prisma.sql`sidecars`, where: Prisma.sql`instance_id = ${instanceId} AND role = ${role}` };
}
