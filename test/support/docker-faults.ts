/** What may go wrong with one call to a Docker engine. */
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
 * - `reply lost`: the call takes effect, and the connection ends without an answer.
 * - `304`, `404`, `409`, `500`: the answer, of a call that never reached the engine: a lie.
 * - `reset`: the connection ends before the call reaches the engine.
 * - `cut`: the call takes effect, and the connection ends in the middle of the answer.
 * - `silence`: nothing for a while; carried out when that is over or the caller has gone, as a frozen daemon does.
 * - `no JSON`, `wrong shape`: the call takes effect, and the answer is something else.
 */
export type DockerFault = (typeof dockerFaults)[number];

/** A fault at one call: the `nth`, from 1, since it was aimed. */
export interface Shot {
  readonly call: string;
  readonly nth: number;
  readonly fault: DockerFault;
}

/** What an engine answers, or what a caller is made to believe that it does. */
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

/** The kind of a call, such as `POST /containers/{id}/start`: what names one object or one version is left out. */
export function callOf(method: string, url: string): string {
  const path = url.replace(/\?.*$/, '').replace(/^\/v1\.\d+/, '');
  const kind = path
    .replace(/^\/images\/.+\/json$/, '/images/{id}/json')
    .replace(/^\/(containers|exec|networks|volumes)\/(?!(json|create|prune)$)[^/]+/, '/$1/{id}');
  return `${method} ${kind}`;
}

/** The answer of a lying status, in the engine's own words. */
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

/** A true answer with another body. One without a body gets one, and the status that goes with it. */
export function garbled(fault: 'no JSON' | 'wrong shape', { status }: Reply): Reply {
  const text = fault === 'no JSON' ? '<html>not what you asked' : '{"unexpected":true}';
  return { status: status === 204 ? 200 : status, body: Buffer.from(text) };
}
