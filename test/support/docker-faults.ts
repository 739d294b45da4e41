/** The faults that one call to a Docker engine can have. */
export const dockerFaults = [
  'reply lost',
  '304',
  '404',
  '409',
  '500',
  'reset',
  'cut',
  'silence',
  'no JSON',
  'wrong shape',
] as const;

/**
 * - `reply lost`: the call takes effect, and the connection ends without a response.
 * - `304`, `404`, `409`, `500`: a false response with this status; the call never reaches the engine.
 * - `reset`: the connection ends before the call reaches the engine.
 * - `cut`: the call takes effect, and the connection ends in the middle of the response.
 * - `silence`: no response for a while; the call takes effect after the silence or once the caller has disconnected, as
 *   with a frozen daemon.
 * - `no JSON`, `wrong shape`: the call takes effect, and the response has a different body.
 */
export type DockerFault = (typeof dockerFaults)[number];

/** A fault in one call: the `nth` after `aim`, counted from 1. */
export interface Shot {
  readonly call: string;
  readonly nth: number;
  readonly fault: DockerFault;
}

/** A response, true or false, of an engine. */
export interface Reply {
  readonly status: number;
  readonly body: Buffer;
}

const nouns: Readonly<Record<string, string>> = {
  containers: 'container',
  exec: 'exec instance',
  images: 'image',
  networks: 'network',
  volumes: 'volume',
};

/** The kind of a call, such as `POST /containers/{id}/start`: without API version, query and names of objects. */
export function callOf(method: string, url: string): string {
  const path = url.replace(/\?.*$/, '').replace(/^\/v1\.\d+/, '');
  const kind = path
    .replace(/^\/images\/.+\/json$/, '/images/{id}/json')
    .replace(/^\/(containers|exec|networks|volumes)\/(?!(json|create|prune)$)[^/]+/, '/$1/{id}');
  return `${method} ${kind}`;
}

/** A false response with this status, worded as the engine words it. */
export function lieOf(fault: '304' | '404' | '409' | '500', call: string): Reply {
  const [, folder = ''] = /^\w+ \/(\w+)/.exec(call) ?? [];
  const messages = {
    304: '',
    404: JSON.stringify({ message: `No such ${nouns[folder] ?? 'page'}: by the test` }),
    409: JSON.stringify({ message: 'conflict, by the test' }),
    500: JSON.stringify({ message: 'server error, by the test' }),
  } as const;
  return { status: Number(fault), body: Buffer.from(messages[fault]) };
}

/** The true response with another body. A 204, which has no body, becomes a 200. */
export function garbled(fault: 'no JSON' | 'wrong shape', { status }: Reply): Reply {
  const text = fault === 'no JSON' ? '<html>not what you asked' : '{"unexpected":true}';
  return { status: status === 204 ? 200 : status, body: Buffer.from(text) };
}
