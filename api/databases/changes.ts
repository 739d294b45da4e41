import { z } from 'zod';
import type { Keeping } from '../../domain/operations/deletion';
import { operations, pathOf, type RequestedKind, verbKinds } from '../../domain/operations/operations';
import { requireVersion } from '../../store/connection/versions';
import { databaseVersion } from '../../store/databases/records';
import type { ApiDependencies } from '../dependencies';
import { ifMatchOf } from '../http/etag';
import { idParams } from '../http/query';
import { type Call, type Route, route } from '../http/route';
import { acceptAndAnswer, acceptRequestOf } from '../operations/accepted';
import { accepted, changeProblems, dryRunProblems, unchanged, unchangedOrPlanned } from '../operations/answers';
import { databaseOf } from './database-of';
import { dryRunOf } from './dry-run';

const patchQuery = z.strictObject({ dryRun: z.enum(['true', 'false']).optional() });

const deleteQuery = z.strictObject({
  purge: z
    .enum(['true', 'false'])
    .optional()
    .meta({ description: 'Whether to destroy the data at once; by default they are kept for a while.' }),
});

/** Changes to an existing database: one route for each row of the operations table. */
export function changeRoutes(dependencies: ApiDependencies): Route[] {
  const { store, undeleteSeconds } = dependencies;

  async function change({ request, response }: Call, kind: RequestedKind, databaseId: string, input: unknown) {
    const accept = acceptRequestOf(request, dependencies);
    await acceptAndAnswer(dependencies, response, kind, () =>
      store.operations.change(accept, { kind, databaseId, input, retryOf: null }),
    );
  }

  /** The parts of a kind's route that follow from its row. */
  function routeOf(kind: RequestedKind) {
    const { route: asked, permission, input, summary } = operations[kind];
    return {
      method: asked.method,
      path: pathOf(kind, ':id'),
      permission,
      action: `database.${kind}`,
      tag: 'databases',
      summary,
      answers: { 200: unchanged, 202: accepted },
      problems: kind === 'undelete' ? (['name_in_use', ...changeProblems] as const) : changeProblems,
      params: idParams,
      body: input as z.ZodType,
    } as const;
  }

  const verbs = verbKinds
    .filter((kind) => kind !== 'delete')
    .map((kind) => route({ ...routeOf(kind), handle: (call) => change(call, kind, call.params.id, call.body) }));

  const remove = route({
    ...routeOf('delete'),
    query: deleteQuery,
    handle(call) {
      const keeping: Keeping = call.query.purge === 'true' ? {} : { keepSeconds: undeleteSeconds };
      return change(call, 'delete', call.params.id, keeping);
    },
  });

  const patch = route({
    method: operations.update.route.method,
    path: '/v1/databases/:id',
    permission: operations.update.permission,
    action: 'database.update',
    tag: 'databases',
    summary: operations.update.summary,
    answers: { 200: unchangedOrPlanned, 202: accepted },
    problems: [...changeProblems, ...dryRunProblems],
    params: idParams,
    query: patchQuery,
    body: operations.update.input,
    async handle(call) {
      const { principal, params, query, body, request, response } = call;
      const kind = patchKindOf(body);
      if (query.dryRun !== 'true') return change(call, kind, params.id, body);
      const database = await databaseOf(store, principal, params.id);
      requireVersion(ifMatchOf(request), databaseVersion(database));
      response.json(await dryRunOf(dependencies, database, { kind, input: body }));
    },
  });

  return [...verbs, remove, patch];
}

/** A patch of descriptive fields alone (`describe`) touches nothing that runs, so more states allow it. */
function patchKindOf(patch: object): 'describe' | 'update' {
  const ofRecord = Object.keys(operations.describe.input.shape);
  return Object.keys(patch).every((field) => ofRecord.includes(field)) ? 'describe' : 'update';
}
