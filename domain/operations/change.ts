import { DatabaseError } from '../errors';
import { type Attributes, maxLabels, noExporter, noPooler, type Size, type Spec } from '../spec';

type Values = Readonly<Record<string, string>>;
/** Null for a value removes it, and in place of all removes them all. */
type ValuesPatch = Readonly<Record<string, string | null>> | null;

type Pooler = Spec['pooler'];
type PoolerPatch = {
  readonly enabled?: boolean | undefined;
  readonly poolSize?: Pooler['poolSize'] | null | undefined;
  readonly mode?: Pooler['mode'] | null | undefined;
};

/** What a merge patch (RFC 7396) of a database may hold: what is absent stays, what is null goes. */
export interface Patch {
  readonly size?: Size | undefined;
  readonly parameters?: ValuesPatch | undefined;
  readonly pooler?: PoolerPatch | null | undefined;
  readonly exporter?: Spec['exporter'] | null | undefined;
  readonly description?: string | null | undefined;
  readonly labels?: ValuesPatch | undefined;
  readonly deletionProtection?: boolean | undefined;
}

export function patchedSpec(spec: Spec, { size, parameters, pooler, exporter }: Patch): Spec {
  return {
    ...spec,
    size: size ?? spec.size,
    parameters: merged(spec.parameters, parameters),
    pooler: pooler === null ? noPooler : patchedPooler(spec.pooler, pooler ?? {}),
    exporter: exporter === null ? noExporter : (exporter ?? spec.exporter),
  };
}

function patchedPooler(pooler: Pooler, patch: PoolerPatch): Pooler {
  const { enabled = pooler.enabled, poolSize = pooler.poolSize, mode = pooler.mode } = patch;
  return { enabled, poolSize: poolSize ?? noPooler.poolSize, mode: mode ?? noPooler.mode };
}

/** Throws `invalid_request` when there would be too many labels. */
export function patchedAttributes(attributes: Attributes, patch: Patch): Attributes {
  const { description = attributes.description, deletionProtection = attributes.deletionProtection } = patch;
  return {
    description: description ?? '',
    labels: patchedLabels(attributes.labels, patch.labels),
    deletionProtection,
  };
}

/** Throws `invalid_request` when there would be too many. */
export function patchedLabels(values: Values, patch?: ValuesPatch): Values {
  const labels = merged(values, patch);
  if (Object.keys(labels).length > maxLabels) {
    const expected = `at most ${maxLabels} labels`;
    const errors = [{ field: 'labels', expected, received: `${Object.keys(labels).length} labels` }];
    throw new DatabaseError('invalid_request', `labels: expected ${expected}`, { errors });
  }
  return labels;
}

function merged(values: Values, patch: ValuesPatch = {}): Values {
  if (patch === null) return {};
  const all = Object.entries({ ...values, ...patch });
  return Object.fromEntries(all.filter((entry): entry is [string, string] => entry[1] !== null));
}
