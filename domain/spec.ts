import { z } from 'zod';
import { type PoolSettings, poolModes } from './sidecars';

const mebibyte = 1024 ** 2;
const gibibyte = 1024 ** 3;

/** What an instance may use. One CPU is 1,000,000,000 nanoCpus, as in Docker's API. */
export interface Size {
  readonly nanoCpus: number;
  readonly memoryBytes: number;
}

/** The sizes that have a name. */
export const sizeClasses = {
  micro: { nanoCpus: 250_000_000, memoryBytes: 256 * mebibyte },
  small: { nanoCpus: 500_000_000, memoryBytes: 512 * mebibyte },
  medium: { nanoCpus: 1_000_000_000, memoryBytes: gibibyte },
  large: { nanoCpus: 2_000_000_000, memoryBytes: 4 * gibibyte },
  xlarge: { nanoCpus: 4_000_000_000, memoryBytes: 16 * gibibyte },
} as const satisfies Record<string, Size>;

/** Below the least, PostgreSQL does not start with data checksums and a few connections; above the most is a typing error. */
export const sizeBounds = {
  nanoCpus: { min: 100_000_000, max: 128_000_000_000 },
  memoryBytes: { min: 128 * mebibyte, max: 1024 * gibibyte },
} as const;

const classNames = Object.keys(sizeClasses) as (keyof typeof sizeClasses)[];

const customSizeSchema = z.strictObject({
  nanoCpus: z.int().min(sizeBounds.nanoCpus.min).max(sizeBounds.nanoCpus.max),
  memoryBytes: z.int().min(sizeBounds.memoryBytes.min).max(sizeBounds.memoryBytes.max),
});

/** A size as a caller gives it: the name of a class, or both figures. */
export const sizeSchema = z.union([z.enum(classNames).transform((name): Size => sizeClasses[name]), customSizeSchema]);

/** Whether the engines of a database are to run. `paused` keeps their processes in memory, frozen. */
export const powers = ['running', 'stopped', 'paused'] as const;
export type Power = (typeof powers)[number];

/** What is wanted of a database: everything that decides which resources it has, and nothing else. */
export interface Spec {
  /** The major version of PostgreSQL. */
  readonly version: string;
  readonly size: Size;
  /** PostgreSQL settings that the user chose, in PostgreSQL's own notation. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly power: Power;
  /** Counts the owner's passwords: a rotation wants the next one. */
  readonly credentials: number;
  readonly pooler: { readonly enabled: boolean } & PoolSettings;
  readonly exporter: { readonly enabled: boolean };
}

const poolSizeSchema = z.int().min(1).max(1000);
const poolModeSchema = z.enum(poolModes);

/** A pooler as a caller asks for it. In mode `transaction` most clients share few connections. */
export const poolerSchema = z.strictObject({
  enabled: z.boolean(),
  poolSize: poolSizeSchema.default(20),
  mode: poolModeSchema.default('transaction'),
});

export const exporterSchema = z.strictObject({ enabled: z.boolean() });

/** What of them is absent stays; null stands for none, and of a field with a default for that. */
export const poolerPatchSchema = z
  .strictObject({
    enabled: z.boolean().optional(),
    poolSize: poolSizeSchema.nullable().optional(),
    mode: poolModeSchema.nullable().optional(),
  })
  .nullable();

export const noPooler: Spec['pooler'] = poolerSchema.parse({ enabled: false });
export const noExporter: Spec['exporter'] = { enabled: false };

/** What is kept of a database for its owners' use; nothing that runs follows from it. */
export interface Attributes {
  readonly description: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Whether it refuses to be deleted. */
  readonly deletionProtection: boolean;
}

/** Lower case letters, digits and hyphens, as in a DNS label (RFC 1123) that begins with a letter. */
export const databaseNameSchema = z
  .string()
  .min(1)
  .max(63)
  .regex(
    /^[a-z]([a-z0-9-]*[a-z0-9])?$/,
    'expected lowercase letters, digits and hyphens, starting with a letter and not ending with a hyphen',
  );

/** Text as PostgreSQL can keep it: no NUL, and no half of a surrogate pair. */
export const textSchema = z.string().regex(/^[^\0\p{Cs}]*$/u, 'expected text without NUL characters');

export const maxLabels = 32;

const labelKeySchema = z
  .string()
  .regex(
    /^[a-z0-9]([a-z0-9._/-]{0,61}[a-z0-9])?$/,
    'expected lowercase letters and digits, with . _ / - allowed in between',
  );

const labelValueSchema = textSchema.max(255);

/** Free labels of a database, for its owners' own use. */
export const labelsSchema = z
  .record(labelKeySchema, labelValueSchema)
  .refine((labels) => Object.keys(labels).length <= maxLabels, `expected at most ${maxLabels} labels`);

/** Labels to set, and with null to remove (RFC 7396); null for all removes them all. */
export const labelsPatchSchema = z.record(labelKeySchema, labelValueSchema.nullable()).nullable();

export const versionSchema = z
  .union([z.string().regex(/^[1-9][0-9]$/, 'expected a major version'), z.int().min(10).max(99)])
  .transform(String);
