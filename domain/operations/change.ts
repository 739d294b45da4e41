import { DatabaseError } from '../errors';
import { type Attributes, maxLabels, noExporter, noPooler, type Size, type Spec } from '../spec';

type Values = Readonly<Record<string, string>>;
/** A null value removes its entry; null in place of the object removes all entries. */
type ValuesPatch = Readonly<Record<string, string | null>> | null;

type Pooler = Spec['pooler'];
type PoolerPatch = {
  readonly enabled?: boolean | undefined;
  readonly poolSize?: Pooler['poolSize'] | null | undefined;
  readonly mode?: Pooler['mode'] | null | undefined;
};

/** A merge patch (RFC 7396) of a database: an absent field keeps its value, null removes it. */
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

/** Throws `invalid_request` for too many labels. */
export function patchedAttributes(attributes: Attributes, patch: Patch): Attributes {
  const { description = attributes.description, deletionProtection = attributes.deletionProtection } = patch;
  return {
    description: description ?? '',
    labels: patchedLabels(attributes.labels, patch.labels),
    deletionProtection,
  };
}

/** Throws `invalid_request` for too many labels. */
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
