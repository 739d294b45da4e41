import { patchedAttributes, patchedSpec } from '../../../domain/operations/change';
import { createdSpec, createInputSchema, operations } from '../../../domain/operations/operations';

const spec = createdSpec(
  createInputSchema.parse({
    name: 'orders',
    version: '17',
    size: 'small',
    parameters: { work_mem: '8MB', jit: 'off' },
    pooler: { enabled: true, poolSize: 50, mode: 'session' },
    exporter: { enabled: true },
  }),
);
const attributes = { description: 'shop', labels: { team: 'a', tier: '1' }, deletionProtection: true };

/** A merge patch (RFC 7396) as a caller sends it. */
const patchOf = (body: object) => operations.update.input.parse(body);

test.each([
  { patch: {}, changes: {} },
  { patch: { parameters: {} }, changes: {} },
  { patch: { parameters: { work_mem: null } }, changes: { parameters: { jit: 'off' } } },
  { patch: { parameters: { autovacuum: null } }, changes: {} },
  { patch: { parameters: null }, changes: { parameters: {} } },
  { patch: { pooler: null }, changes: { pooler: { enabled: false, poolSize: 20, mode: 'transaction' } } },
  {
    patch: { pooler: { poolSize: null } },
    changes: { pooler: { enabled: true, poolSize: 20, mode: 'session' } },
  },
  {
    patch: { pooler: { mode: null } },
    changes: { pooler: { enabled: true, poolSize: 50, mode: 'transaction' } },
  },
  { patch: { exporter: null }, changes: { exporter: { enabled: false } } },
])('$patch changes $changes of the spec', ({ patch, changes }) => {
  expect(patchedSpec(spec, patchOf(patch))).toEqual({ ...spec, ...changes });
});

test.each([
  { patch: {}, changes: {} },
  { patch: { description: null }, changes: { description: '' } },
  { patch: { labels: { tier: null } }, changes: { labels: { team: 'a' } } },
  { patch: { labels: { zone: null } }, changes: {} },
  { patch: { labels: null }, changes: { labels: {} } },
])('$patch changes $changes of what is kept for the owners', ({ patch, changes }) => {
  expect(patchedAttributes(attributes, patchOf(patch))).toEqual({ ...attributes, ...changes });
});

test.each([
  { size: null },
  { deletionProtection: null },
  { pooler: { enabled: null } },
  { exporter: { enabled: null } },
  { parameters: { fsync: null } },
])('%j removes what a database must have, or does not have, and is refused', (body) => {
  expect(operations.update.input.safeParse(body).success).toBe(false);
});
