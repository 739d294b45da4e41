import { DatabaseError } from '../errors';
import { type SidecarRole, sidecarRoles } from '../sidecars';

/** What an instance has a container of its own for. */
export const parts = ['engine', ...sidecarRoles] as const;
export type Part = (typeof parts)[number];

/** The number of the template that new containers are created from. */
export const currentTemplate = 1;

/**
 * What a container is created from. It is on record with its instance, so that configuration decides only what is created
 * from now on, and never what is wanted of something that exists.
 */
export interface Pin {
  /** The image as it was configured, such as `postgres:17`. */
  readonly reference: string;
  /** The image that the reference meant, as `ensureImage` returns it; null until a container was created from it. */
  readonly digest: string | null;
  /** Raised by every change of the image: the same reference may have come to mean another one. */
  readonly revision: number;
  readonly template: number;
}

export type Pins = Readonly<Record<Part, Pin>>;

/** Where a container's port is published on its host. */
export interface Binding {
  readonly address: string;
  readonly port: number;
}

/** The images that an installation creates containers from. */
export interface Images {
  /** The image of each major version. */
  readonly images: Readonly<Record<string, string>>;
  readonly sidecarImages: Readonly<Record<SidecarRole, string>>;
}

/** The pins on record, and for the parts without one those of today. Throws `image_not_found` for a version without an image. */
export function pinsWith(recorded: Partial<Pins>, { images, sidecarImages }: Images, version: string): Pins {
  return {
    engine: recorded.engine ?? pinOf(imageFor(version, images)),
    pooler: recorded.pooler ?? pinOf(sidecarImages.pooler),
    exporter: recorded.exporter ?? pinOf(sidecarImages.exporter),
  };
}

/** The pin of an image that nothing was created from yet. */
export function pinOf(reference: string): Pin {
  return { reference, digest: null, revision: 1, template: currentTemplate };
}

function imageFor(version: string, images: Images['images']): string {
  const image = images[version];
  if (image !== undefined) return image;
  throw new DatabaseError('image_not_found', `SLIPWAY_ENGINE_IMAGES has no image for PostgreSQL ${version}`);
}

/** The properties of a pin that change the hash of a container's template: none for the first template and image. */
export function hashedIn({ revision, template }: Pick<Pin, 'revision' | 'template'>): object {
  return { ...(revision > 1 ? { revision } : {}), ...(template > 1 ? { template } : {}) };
}

/** The image to create a container from. */
export function imageOf({ image, digest }: { readonly image: string; readonly digest?: string | null }): string {
  return digest ?? image;
}

/** Whether an image is named by its content, so that it can never mean another one. */
export function isDigest(image: string): boolean {
  return /(^|@)sha256:[0-9a-f]{64}$/.test(image);
}
