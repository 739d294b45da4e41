import { Prisma } from '../connection/executor';
import { type PageRequest, positionOf } from '../connection/pages';

// One statement for each record with everything that belongs to it, for the ORM's transactions and for reads past it.

const status = Prisma.sql`
  SELECT state, interval_seconds AS "intervalSeconds", observed_at AS "observedAt",
    extract(epoch FROM now() - observed_at)::float8 AS "ageSeconds", detail,
    container_state AS "containerState", exit_code AS "exitCode", oom_killed AS "oomKilled",
    oom_killed_at AS "oomKilledAt", started_at AS "startedAt", restarts, pending_restart AS "pendingRestart"
  FROM observed_statuses WHERE instance_id = instances.id`;

/** What a container was created from, and where it is published. */
const containerAt = (port: Prisma.Sql) => Prisma.sql`
  ${port} AS "hostPort", address AS "recordedAddress",
  coalesce(address, (SELECT address FROM hosts WHERE hosts.id = host_id)) AS address,
  CASE WHEN image_reference IS NOT NULL THEN json_build_object(
    'reference', image_reference, 'digest', image_digest, 'revision', image_revision, 'template', template) END AS pin`;

const sidecars = Prisma.sql`
  SELECT role, ${containerAt(Prisma.sql`host_port`)}, error FROM sidecars WHERE instance_id = instances.id`;

const instancesIn = (table: Prisma.Sql) => Prisma.sql`
  SELECT id, database_id AS "databaseId", name, role, state, host_id AS "hostId",
    (SELECT address FROM hosts WHERE hosts.id = host_id) AS "hostAddress",
    EXISTS (SELECT 1 FROM hosts WHERE hosts.id = host_id AND lost_at IS NOT NULL) AS "hostLost",
    ${containerAt(Prisma.sql`coalesce(host_port, last_port)`)},
    initialized_at AS "initializedAt", applied, error, created_at AS "createdAt", updated_at AS "updatedAt",
    (SELECT row_to_json(one) FROM (${status}) AS one) AS status,
    (SELECT coalesce(json_agg(one ORDER BY role DESC), '[]') FROM (${sidecars}) AS one) AS sidecars
  FROM ${table}`;

const owed = Prisma.sql`
  SELECT operation_id AS "operationId", cause, error, tries, next_try_at AS "nextTryAt", since
  FROM owed WHERE database_id = databases.id`;

/**
 * The databases that are not deleted, in a statement's FROM. Every statement about databases reads these, and not the
 * table: those that are about one operation's database, or about deleted ones, are listed in
 * test/store/databases/hidden.test.ts.
 */
export const databases = Prisma.sql`(SELECT * FROM databases WHERE deleted_at IS NULL) AS databases`;

/** Databases with their instances (`databaseRecord`), without the deleted ones. @param rest what follows FROM */
export function selectDatabases(rest: Prisma.Sql): Prisma.Sql {
  return selectFrom(databases, rest);
}

/** The same with the deleted ones. @param rest what follows FROM */
export function selectAllDatabases(rest: Prisma.Sql): Prisma.Sql {
  return selectFrom(Prisma.sql`databases`, rest);
}

function selectFrom(table: Prisma.Sql, rest: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    SELECT id, tenant_id AS "tenantId", name, description, labels, spec, generation, disruption,
      state, error, deletion_protection AS "deletionProtection", created_at AS "createdAt", updated_at AS "updatedAt",
      deleted_at AS "deletedAt", purge_at AS "purgeAt",
      (SELECT row_to_json(one) FROM (${owed}) AS one) AS owed,
      (SELECT coalesce(json_agg(one ORDER BY name), '[]')
        FROM (${instancesIn(Prisma.sql`instances`)} WHERE database_id = databases.id) AS one) AS instances
    FROM ${table} ${rest}`;
}

/** Instances with their observed status (`instanceRecord`), of databases that are not deleted. @param rest what follows FROM */
export function selectInstances(rest: Prisma.Sql): Prisma.Sql {
  const all = Prisma.sql`SELECT * FROM instances WHERE EXISTS (SELECT FROM ${databases} WHERE databases.id = database_id)`;
  return Prisma.sql`${instancesIn(Prisma.sql`(${all}) AS instances`)} ${rest}`;
}

/** Operations (`OperationRecord`). @param rest what follows FROM */
export function selectOperations(rest: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    SELECT id, tenant_id AS "tenantId", database_id AS "databaseId", database_name AS "databaseName", kind, input, state,
      generation, disruption, plan_number AS "planNumber", going_back AS "goingBack", former_state AS "formerState",
      requested_by AS "requestedBy", request_id AS "requestId", trace_id AS "traceId", run_id AS "runId",
      retry_of AS "retryOf", reruns, target, error, waiting_for AS "waitingFor", warnings, created_at AS "createdAt",
      started_at AS "startedAt", ended_at AS "endedAt", cancel_requested_at AS "cancelRequestedAt"
    FROM operations ${rest}`;
}

/** Steps (`StepRecord`). @param rest what follows FROM */
export function selectSteps(rest: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    SELECT plan_number AS "planNumber", ordinal, phase, name, resource, host_id AS "hostId", state, attempts,
      started_at AS "startedAt", ended_at AS "endedAt", error, log_tail AS "logTail"
    FROM steps ${rest}`;
}

/** Whether the database should answer a probe: available, and without an open operation. */
export const shouldBeProbed = Prisma.sql`(
  databases.state = 'available' AND NOT EXISTS (
    SELECT 1 FROM operations
    WHERE operations.database_id = databases.id AND operations.state IN ('pending', 'running', 'cancelling')))`;

/** Selects a tenant's rows with these values in these columns; undefined values are ignored. */
export function whereTenant(tenantId: string, values: Readonly<Record<string, string | undefined>>): Prisma.Sql {
  const conditions = Object.entries({ tenant_id: tenantId, ...values }).flatMap(([column, value]) =>
    value === undefined ? [] : [Prisma.sql`${Prisma.raw(column)} = ${value}`],
  );
  return Prisma.sql`WHERE ${Prisma.join(conditions, ' AND ')}`;
}

/**
 * One page of a table's rows, newest first, after conditions. It has one row more than the page, which shows whether
 * more follow.
 */
export function thePage(table: string, { pageSize, pageToken }: PageRequest): Prisma.Sql {
  const [createdAt, rowId] = [Prisma.raw(`${table}.created_at`), Prisma.raw(`${table}.id`)];
  const order = Prisma.sql`ORDER BY ${createdAt} DESC, ${rowId} DESC LIMIT ${pageSize + 1}`;
  if (pageToken === null) return order;
  const { at, id } = positionOf(pageToken);
  return Prisma.sql`AND (${createdAt}, ${rowId}) < (${at}::timestamptz, ${id}) ${order}`;
}
