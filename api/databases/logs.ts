import type { Request } from 'express';
import { z } from 'zod';
import type { FollowMessage } from '../../agent/protocol';
import { problemOfError } from '../../domain/errors';
import type { ApiDependencies } from '../dependencies';
import { idParams } from '../http/query';
import { type Answer, type Route, route } from '../http/route';
import { pageSchemaOf } from '../http/schemas';
import { sinceOf, sinceQuery } from '../http/since';
import { validate } from '../http/validate';
import { hostProblems, sentEventSchema } from '../operations/answers';
import { problemEvent, type ServerEvent } from '../streams/event-stream';
import { databaseOf, primaryOf } from './database-of';
import { logLineSchema } from './schemas';

/** Lines returned if the request has neither `tail` nor `since`. */
const defaultTail = 100;
/** The maximum for `tail`, and the lines returned for `since` without `tail`. */
const maxTail = 1000;

const logsQuery = z.strictObject({
  tail: z
    .string()
    .regex(/^[0-9]{1,4}$/, `expected a whole number from 0 to ${maxTail}`)
    .transform(Number)
    .pipe(z.int().min(0).max(maxTail))
    .optional(),
  since: sinceQuery,
  follow: z.enum(['true', 'false']).default('false'),
});

/** The id of the last line that the client received; `EventSource` sends it when it reconnects. */
const resumeHeaders = z.object({
  'last-event-id': z
    .string()
    .regex(/^[12]\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/, 'expected the id of an event of this stream')
    .optional(),
});

const logAnswer: Answer = {
  description: 'Log lines, oldest first; with `follow=true`, a stream of server-sent events, one per line',
  schema: pageSchemaOf(logLineSchema),
  events: sentEventSchema,
};

/** The log of a database's primary: its last lines, or an event stream of new lines. */
export function logRoutes({ store, hostAgent, streams }: ApiDependencies): Route[] {
  return [
    route({
      method: 'get',
      path: '/v1/databases/:id/logs',
      permission: 'database:read',
      tag: 'databases',
      summary: "Read or follow a database's log",
      answers: { 200: logAnswer },
      problems: ['not_found', 'state_conflict', ...hostProblems],
      params: idParams,
      query: logsQuery,
      async handle({ principal, params, query, request, response }) {
        const lastEventId = query.follow === 'true' ? lastEventIdOf(request) : undefined;
        const database = await databaseOf(store, principal, params.id);
        const { hostId, name: instanceName } = primaryOf(database);
        const instance = { hostId, tenantId: database.tenantId, databaseId: database.id, instanceName };
        const since = query.since === undefined ? undefined : sinceOf(query.since, new Date());
        const { tail = since === undefined ? defaultTail : undefined } = query;

        if (query.follow === 'false') {
          const items = await hostAgent.logs({ ...instance, tail: tail ?? maxTail, since });
          response.json({ items, nextPageToken: null });
          return;
        }
        const { signal, send } = streams.open(response, principal.keyId);
        const range = lastEventId === undefined ? { tail, since } : { since: lastEventId };
        const messages = await hostAgent.followLogs({ ...instance, ...range }, signal);
        await send(logEvents(messages, lastEventId ?? '', signal));
      },
    }),
  ];
}

function lastEventIdOf(request: Request): string | undefined {
  return validate(resumeHeaders, request.headers, 'headers')['last-event-id'];
}

/**
 * A log as events: each line is a `message` whose id is the time of the line. The last event is `end`, with the reason
 * why the log ends, or `problem`, after which the client should reconnect.
 *
 * @param after the id of the last line that the client has; later lines are sent
 */
async function* logEvents(
  messages: AsyncIterable<FollowMessage>,
  after: string,
  signal: AbortSignal,
): AsyncGenerator<ServerEvent> {
  try {
    for await (const message of messages) {
      if ('line' in message) {
        if (message.line.at > after) yield { id: message.line.at, data: message.line };
      } else if ('end' in message) yield { event: 'end', data: { reason: `instance_${message.end}` } };
      else yield problemEvent(message.problem);
    }
  } catch (error) {
    signal.throwIfAborted();
    yield problemEvent(problemOfError(error));
  }
}
