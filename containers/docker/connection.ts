import type { IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import Docker from 'dockerode';

/** The newest minor version of the Docker Engine API that this adapter supports; Engine 29 accepts nothing older. */
const newestMinor = 44;

const defaultSocket = '/var/run/docker.sock';

/** The parts of docker-modem, dockerode's transport, that this adapter uses and dockerode leaves untyped. */
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
  /** Selects, once, the newest API version that both sides support. */
  negotiate(abortSignal: AbortSignal): Promise<void>;
  /** Makes the next call negotiate again: the daemon may have been replaced. */
  forgetVersion(): void;
}

/** A client of the Docker engine at this address or the default socket. Sends nothing yet. */
export function connect(dockerHost: string | undefined): Connection {
  const docker = new Docker(addressOf(dockerHost));
  const modem = docker.modem as Modem;
  settleBrokenAnswers(modem);
  return {
    docker,
    async negotiate(abortSignal) {
      if (modem.version !== undefined) return;
      // dockerode's types lack the options of this call, and of the calls that are cast elsewhere.
      const asked = docker.version({ abortSignal } as never) as unknown as Promise<{ ApiVersion?: string }>;
      modem.version = `v1.${Math.min(newestMinor, minorOf((await asked).ApiVersion))}`;
    },
    forgetVersion() {
      modem.version = undefined;
    },
  };
}

/** Throws if the response is not from a Docker engine. */
function minorOf(version: string | undefined): number {
  const [, minor] = /^1\.(\d+)$/.exec(version ?? '') ?? [];
  if (minor === undefined) throw new Error(`expected a Docker API version, got ${version}`);
  return Number(minor);
}

/**
 * Always sets `host`: where it is missing, docker-modem takes it from `DOCKER_HOST`, whatever the other options say.
 */
export function addressOf(dockerHost: string | undefined): Docker.DockerOptions {
  if (dockerHost === undefined) return { host: undefined, socketPath: defaultSocket };
  const url = new URL(dockerHost);
  if (url.protocol === 'unix:') return { host: undefined, socketPath: url.pathname };
  return { protocol: 'http', host: url.hostname, port: Number(url.port || 2375) };
}

/**
 * docker-modem waits forever for the rest of a response whose connection broke midway, and returns invalid JSON as raw
 * bytes. Reading responses as streams turns both into errors.
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

/** Parses a JSON body and returns any other body, such as a log, unchanged. Throws for invalid JSON. */
function valueOf(body: Buffer, contentType: string | undefined): unknown {
  if (body.length === 0 || contentType?.startsWith('application/json') !== true) return body;
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw new Error('the response is not JSON', { cause: error });
  }
}
