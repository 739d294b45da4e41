import { z } from 'zod';
import { type PoolSettings, poolModes } from './sidecars';

const mebibyte = 1024 ** 2;
const gibibyte = 1024 ** 3;

/** The CPU and memory limits of an instance. One CPU is 1,000,000,000 nanoCpus, as in Docker's API. */
export interface Size {
  readonly nanoCpus: number;
  readonly memoryBytes: number;
}

/** The named sizes. */
export const sizeClasses = {
  micro: { nanoCpus: 250_000_000, memoryBytes: 256 * mebibyte },
  small: { nanoCpus: 500_000_000, memoryBytes: 512 * mebibyte },
  medium: { nanoCpus: 1_000_000_000, memoryBytes: gibibyte },
  large: { nanoCpus: 2_000_000_000, memoryBytes: 4 * gibibyte },
  xlarge: { nanoCpus: 4_000_000_000, memoryBytes: 16 * gibibyte },
} as const satisfies Record<string, Size>;

/**
 * Below the minimum, PostgreSQL does not start with data checksums and a few connections; a size above the maximum is a
 * typing error.
 */
export const sizeBounds = {
  nanoCpus: { min: 100_000_000, max: 128_000_000_000 },
  memoryBytes: { min: 128 * mebibyte, max: 1024 * gibibyte },
} as const;

const classNames = Object.keys(sizeClasses) as (keyof typeof sizeClasses)[];

const customSizeSchema = z.strictObject({
  nanoCpus: z.int().min(sizeBounds.nanoCpus.min).max(sizeBounds.nanoCpus.max),
  memoryBytes: z.int().min(sizeBounds.memoryBytes.min).max(sizeBounds.memoryBytes.max),
});

/** A size in a request: the name of a class, or both figures. */
export const sizeSchema = z.union([z.enum(classNames).transform((name): Size => sizeClasses[name]), customSizeSchema]);

/** Whether the engines of a database should run. `paused` keeps their processes in memory, frozen. */
export const powers = ['running', 'stopped', 'paused'] as const;
export type Power = (typeof powers)[number];

/** The desired state of a database: everything that determines its resources, and nothing else. */
export interface Spec {
  /** The major version of PostgreSQL. */
  readonly version: string;
  readonly size: Size;
  /** The user's PostgreSQL settings, in PostgreSQL's own notation. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly power: Power;
  /** The number of the owner's password: a rotation increments it. */
  readonly credentials: number;
  readonly pooler: { readonly enabled: boolean } & PoolSettings;
  readonly exporter: { readonly enabled: boolean };
}

const poolSizeSchema = z.int().min(1).max(1000);
const poolModeSchema = z.enum(poolModes);

/** A pooler in a request. In mode `transaction`, many clients share few connections. */
export const poolerSchema = z.strictObject({
  enabled: z.boolean(),
  poolSize: poolSizeSchema.default(20),
  mode: poolModeSchema.default('transaction'),
});

export const exporterSchema = z.strictObject({ enabled: z.boolean() });

/**
 * An absent field keeps its value, and null resets it to its default; null in place of the object removes the pooler.
 */
export const poolerPatchSchema = z
  .strictObject({
    enabled: z.boolean().optional(),
    poolSize: poolSizeSchema.nullable().optional(),
    mode: poolModeSchema.nullable().optional(),
  })
  .nullable();

export const noPooler: Spec['pooler'] = poolerSchema.parse({ enabled: false });
export const noExporter: Spec['exporter'] = { enabled: false };

/** Information about a database for its owners; it affects nothing that runs. */
export interface Attributes {
  readonly description: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Whether requests to delete the database are rejected. */
  readonly deletionProtection: boolean;
}

/** A DNS label (RFC 1123) that begins with a letter: lower-case letters, digits and hyphens. */
export const databaseNameSchema = z
  .string()
  .min(1)
  .max(63)
  .regex(
    /^[a-z]([a-z0-9-]*[a-z0-9])?$/,
    'expected lowercase letters, digits and hyphens, starting with a letter and not ending with a hyphen',
  );

/** Text that PostgreSQL can store: no NUL, and no unpaired surrogate. */
export const textSchema = z.string().regex(/^[^\0\p{Cs}]*$/u, 'expected text without NUL characters');

export const maxLabels = 32;

const labelKeySchema = z
  .string()
  .regex(
    /^[a-z0-9]([a-z0-9._/-]{0,61}[a-z0-9])?$/,
    'expected lowercase letters and digits, with . _ / - allowed in between',
  );

const labelValueSchema = textSchema.max(255);

/** Labels of a database, free for its owners to use. */
export const labelsSchema = z
  .record(labelKeySchema, labelValueSchema)
  .refine((labels) => Object.keys(labels).length <= maxLabels, `expected at most ${maxLabels} labels`);

/** Labels to set, or to remove with null (RFC 7396); null in place of the object removes all. */
export const labelsPatchSchema = z.record(labelKeySchema, labelValueSchema.nullable()).nullable();

export const versionSchema = z
  .union([z.string().regex(/^[1-9][0-9]$/, 'expected a major version'), z.int().min(10).max(99)])
  .transform(String);
