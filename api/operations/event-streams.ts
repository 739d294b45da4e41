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

/** The position of the last event that the client received; `EventSource` sends it when it reconnects. */
const resumeHeaders = z.object({
  'last-event-id': z
    .string()
    .regex(/^[0-9]{1,15}$/, 'expected the id of an event')
    .transform(Number)
    .optional(),
});

/** The type of an operation's final event. */
const endOf = /^operation\.(?<outcome>succeeded|failed|cancelled)$/;

const eventStream: Answer = {
  description: 'Server-sent events; the id of each is its sequence number',
  events: sentEventSchema,
};

/** Event streams; the id of each event is its position. */
export function eventStreamRoutes({ store, streams, feed }: ApiDependencies): Route[] {
  /**
   * The position after which a client resumes; `first` if it has no event yet. Throws `invalid_request` for a position
   * that no event has reached.
   */
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
        // A finished operation has no future events.
        const events = isFinished(operation.state)
          ? await store.events.after(tenantId, interest, after, mostOfOne)
          : feed.read(interest, after, signal);
        await send(asSent(untilEnd(events, operation.state), signal));
      },
    }),
  ];
}

/** More events than any operation has: its acceptance, its warnings and its end. */
const mostOfOne = 1_000;

/** @param state the operation's state, which ends the stream if no final event follows */
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

/** An event is a `message` whose id is its position. The last is `end`, or `problem`: the client should reconnect. */
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
