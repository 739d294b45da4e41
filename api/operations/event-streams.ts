import type { Request } from 'express';
import { z } from 'zod';
import { DatabaseError, problemOfError } from '../../domain/errors';
import { isFinished } from '../../domain/states';
import type { EventRecord } from '../../store/operations/events';
import type { ApiDependencies } from '../dependencies';
import { eventFilter, idParams } from '../http/query';
import { type Answer, type Route, route } from '../http/route';
import { validate } from '../http/validate';
import { problemEvent, type ServerEvent } from '../streams/event-stream';
import { sentEventSchema } from './answers';

/** The place of the last event that a reader has; what `EventSource` sends when it comes back. */
const resumeHeaders = z.object({
  'last-event-id': z
    .string()
    .regex(/^[0-9]{1,15}$/, 'expected the id of an event')
    .transform(Number)
    .optional(),
});

/** The event with which an operation ends. */
const endOf = /^operation\.(?<outcome>succeeded|failed|cancelled)$/;

const eventStream: Answer = {
  description: 'Server-sent events; the id of each is its sequence number',
  events: sentEventSchema,
};

/** Events as they come, as event streams whose ids are the events' places. */
export function eventStreamRoutes({ store, streams, feed }: ApiDependencies): Route[] {
  /** Where a reader goes on; `first` for one that has nothing yet. Throws `invalid_request` for what no event had yet. */
  async function placeOf(request: Request, first: 'start' | 'now'): Promise<number> {
    const asked = validate(resumeHeaders, request.headers, 'headers')['last-event-id'];
    if (asked === undefined && first === 'start') return 0;
    const newest = await store.events.head();
    if (asked === undefined || asked <= newest) return asked ?? newest;
    const errors = [{ field: 'last-event-id', expected: 'the id of an existing event', received: String(asked) }];
    throw new DatabaseError('invalid_request', `last-event-id: event ${asked} not found`, { errors });
  }

  return [
    route({
      method: 'get',
      path: '/v1/events/stream',
      permission: 'database:read',
      tag: 'events',
      summary: 'Follow events',
      answers: { 200: eventStream },
      query: z.strictObject(eventFilter),
      async handle({ principal: { tenantId, keyId }, query, request, response }) {
        const after = await placeOf(request, 'now');
        const { signal, send } = streams.open(response, keyId);
        signal.throwIfAborted();
        await send(asSent(feed.read({ tenantId, ...query }, after, signal), signal));
      },
    }),

    route({
      method: 'get',
      path: '/v1/operations/:id/events',
      permission: 'database:read',
      tag: 'operations',
      summary: 'Follow an operation until it ends',
      answers: { 200: eventStream },
      problems: ['not_found'],
      params: idParams,
      async handle({ principal: { tenantId, keyId }, params, request, response }) {
        const operation = await store.operations.get(tenantId, params.id);
        if (operation === null) throw new DatabaseError('not_found', `operation ${params.id} not found`);
        const after = await placeOf(request, 'start');
        const { signal, send } = streams.open(response, keyId);
        signal.throwIfAborted();
        const interest = { tenantId, operationId: operation.id };
        // One that is finished has no more events than there are.
        const events = isFinished(operation.state)
          ? await store.events.after(tenantId, interest, after, mostOfOne)
          : feed.read(interest, after, signal);
        await send(asSent(untilEnd(events, operation.state), signal));
      },
    }),
  ];
}

/** More events than an operation has: its acceptance, its warnings, its end. */
const mostOfOne = 1_000;

/** @param state the operation's, which is its end where there is no event of it to come */
async function* untilEnd(
  events: AsyncIterable<EventRecord> | readonly EventRecord[],
  state: string,
): AsyncGenerator<EventRecord | { readonly end: string }> {
  for await (const event of events) {
    yield event;
    const { outcome } = endOf.exec(event.type)?.groups ?? {};
    if (outcome === undefined) continue;
    yield { end: outcome };
    return;
  }
  yield { end: state };
}

/** An event is a `message` whose id is its place; then `end`, or `problem`, after which it is worth coming back. */
async function* asSent(
  events: AsyncIterable<EventRecord | { readonly end: string }>,
  signal: AbortSignal,
): AsyncGenerator<ServerEvent> {
  try {
    for await (const event of events) {
      if ('end' in event) yield { event: 'end', data: { reason: `operation_${event.end}` } };
      else yield { id: String(event.sequence), data: event };
    }
  } catch (error) {
    signal.throwIfAborted();
    yield problemEvent(problemOfError(error));
  }
}
