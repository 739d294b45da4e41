import { z } from 'zod';
import { group } from '../group';
import { setting } from '../setting';

const imagesForm = 'expected major=image pairs such as 17=postgres:17,15=postgres:15';
const image = z.string().regex(/^[^\s=,]+$/, 'expected an image such as postgres:17');

/** The default images of the sidecars. */
export const publicSidecarImages = {
  SLIPWAY_POOLER_IMAGE: 'edoburu/pgbouncer:v1.25.2-p0',
  SLIPWAY_EXPORTER_IMAGE: 'prometheuscommunity/postgres-exporter:v0.17.1',
} as const;

export const images = group(
  'Images',
  {
    engines: setting('SLIPWAY_ENGINE_IMAGES', {
      schema: z
        .string({ error: imagesForm })
        .regex(/^\d{2}=[^,=\s]+(,\d{2}=[^,=\s]+)*$/, imagesForm)
        .transform((text) => Object.fromEntries(text.split(',').map((pair) => pair.split('=') as [string, string]))),
      fallback: '15=postgres:15,17=postgres:17',
      description:
        'The PostgreSQL versions on offer: major version and image, such as `15=postgres:15,17=postgres:17`.',
    }),
    pooler: setting('SLIPWAY_POOLER_IMAGE', {
      schema: image,
      fallback: publicSidecarImages.SLIPWAY_POOLER_IMAGE,
      description:
        'Image of the pooler: PgBouncer 1.21 or later, with `sh`, `cat`, `mv`, `chmod`, `sleep` and `timeout`.',
    }),
    exporter: setting('SLIPWAY_EXPORTER_IMAGE', {
      schema: image,
      fallback: publicSidecarImages.SLIPWAY_EXPORTER_IMAGE,
      description: 'Image of the exporter: postgres_exporter, with the same programs as the pooler’s.',
    }),
  },
  { shape: ({ engines, pooler, exporter }) => ({ images: engines, sidecarImages: { pooler, exporter } }) },
);
