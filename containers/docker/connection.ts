import type { IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import Docker from 'dockerode';

/** The newest version of the Docker Engine API that this adapter is written for; Engine 29 speaks nothing older. */
const newestMinor = 44;

const defaultSocket = '/var/run/docker.sock';

/** What this adapter uses of docker-modem, which dockerode speaks through and its types leave open. */
interface Modem {
  version?: string | undefined;
  dial(request: Request, answered: Answered): void;
}

interface Request {
  readonly isStream?: boolean;
}

type Answered = (error: Error | null, answer: unknown) => void;

export interface Connection {
  readonly docker: Docker;
  /** Settles the version of the API, once: the newest that both sides know. */
  negotiate(abortSignal: AbortSignal): Promise<void>;
  /** The daemon may be another one by now. */
  forgetVersion(): void;
}

/** A client of the Docker engine at this address, or at the default socket. Nothing is sent yet. */
export function connect(dockerHost: string | undefined): Connection {
  const docker = new Docker(addressOf(dockerHost));
  const modem = docker.modem as Modem;
  settleBrokenAnswers(modem);
  return {
    docker,
    async negotiate(abortSignal) {
      if (modem.version !== undefined) return;
      // dockerode's types know no options here, nor on the calls that are cast elsewhere.
      const asked = docker.version({ abortSignal } as never) as unknown as Promise<{ ApiVersion?: string }>;
      modem.version = `v1.${Math.min(newestMinor, minorOf((await asked).ApiVersion))}`;
    },
    forgetVersion() {
      modem.version = undefined;
    },
  };
}

/** Throws for an answer of something that is no Docker engine. */
function minorOf(version: string | undefined): number {
  const [, minor] = /^1\.(\d+)$/.exec(version ?? '') ?? [];
  if (minor === undefined) throw new Error(`expected a Docker API version, got ${version}`);
  return Number(minor);
}

/** `host` is set in any case: docker-modem would take a missing one from `DOCKER_HOST`, whatever it was told. */
export function addressOf(dockerHost: string | undefined): Docker.DockerOptions {
  if (dockerHost === undefined) return { host: undefined, socketPath: defaultSocket };
  const url = new URL(dockerHost);
  if (url.protocol === 'unix:') return { host: undefined, socketPath: url.pathname };
  return { protocol: 'http', host: url.hostname, port: Number(url.port || 2375) };
}

/**
 * docker-modem waits for ever for the rest of an answer whose connection broke in its middle, and passes on as bytes
 * what should be JSON and is not. Read as a stream, both are errors.
 */
function settleBrokenAnswers(modem: Modem): void {
  const dial = modem.dial.bind(modem);
  modem.dial = (request, answered) => {
    if (request.isStream === true) return dial(request, answered);
    dial({ ...request, isStream: true }, (error, answer) => {
      if (error !== null) return answered(error, null);
      const { headers } = answer as IncomingMessage;
      buffer(answer as IncomingMessage)
        .then((body) => valueOf(body, headers['content-type']))
        .then(
          (value) => answered(null, value),
          (cause: Error) => answered(cause, null),
        );
    });
  };
}

/** The value of a body that is JSON, and any other body itself, such as a log. Throws for JSON that is none. */
function valueOf(body: Buffer, contentType: string | undefined): unknown {
  if (body.length === 0 || contentType?.startsWith('application/json') !== true) return body;
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw new Error('the response is not JSON', { cause: error });
  }
}
