import type { Readable } from 'node:stream';
import { DatabaseError } from '../../domain/errors';
import type { Backend, Call, ContainerAction, ContainerEvent } from '../backend';
import type { Engine } from './engine';
import { translated } from './errors';
import { labelFilter } from './filters';
import { jsonLines } from './json-lines';

/** The requested events. `exec_…` events are left out because they contain command arguments. */
const actions: readonly ContainerAction[] = ['create', 'start', 'pause', 'unpause', 'update', 'oom', 'die', 'destroy'];

/** Event attributes that Docker mixes with the container's labels. */
const ownAttributes = new Set(['name', 'image', 'exitCode', 'signal', 'execDuration']);

interface Message {
  readonly Action: string;
  readonly Actor: { readonly Attributes: Readonly<Record<string, string>> };
  readonly timeNano: number;
}

export function createEvents({ docker, open }: Engine): Pick<Backend, 'events'> {
  return {
    async events(labels, call) {
      const filters = { type: ['container'], event: [...actions], ...labelFilter(labels) };
      const stream = await open('watch containers', call, (abortSignal) =>
        docker.getEvents({ filters, abortSignal } as object),
      );
      return containerEvents(stream as Readable, call);
    },
  };
}

async function* containerEvents(stream: Readable, call: Call | undefined): AsyncGenerator<ContainerEvent> {
  try {
    for await (const message of jsonLines<Message>(stream)) yield containerEvent(message);
  } catch (error) {
    call?.signal?.throwIfAborted();
    throw translated('watch containers', error);
  } finally {
    stream.destroy();
  }
  throw new DatabaseError('backend_unavailable', 'watch containers: the host ended the stream');
}

function containerEvent({ Action, Actor: { Attributes: attributes }, timeNano }: Message): ContainerEvent {
  return {
    at: new Date(timeNano / 1e6),
    action: Action as ContainerAction,
    name: attributes.name ?? '',
    labels: Object.fromEntries(Object.entries(attributes).filter(([key]) => !ownAttributes.has(key))),
  };
}
