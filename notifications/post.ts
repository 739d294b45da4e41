import type { LookupAddress } from 'node:dns';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { LookupFunction } from 'node:net';
import { DatabaseError } from '../domain/errors';
import { type Egress, resolveTarget } from './resolve';
import { refusalOfUrl } from './target';

/** Timeout of the whole request: name resolution, connection, TLS and response. */
const timeoutMs = 5_000;

/** Maximum bytes read of a response; only its status matters. */
const answerBytes = 64 * 1024;

/** The longest delay that a recipient can request, in seconds. */
const maxRetryAfterSeconds = 3_600;

/** The parts of a response that matter. */
interface Answered {
  readonly status: number;
  readonly retryAfterSeconds: number | null;
}

/**
 * Posts JSON, once. Redirects are not followed, and the body of the response is discarded, never shown. Throws
 * `delivery_refused` if a retry cannot succeed, and otherwise `delivery_failed`, with `retryAfterSeconds` if the
 * recipient requests a delay.
 */
export async function postJson(
  target: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  egress: Egress,
): Promise<void> {
  const refusal = refusalOfUrl(target, egress.allowed);
  if (refusal !== null) throw new DatabaseError('delivery_refused', `the URL is not allowed: ${refusal}`);
  const url = new URL(target);
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const addresses = await withSignal(resolveTarget(url.hostname, egress, url.protocol === 'http:'), signal);
    judge(url.hostname, await request(url, addresses, { headers, body, signal, ca: egress.ca }));
  } catch (error) {
    if (error instanceof DatabaseError) throw error;
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    const reason = signal.aborted ? `no response within ${timeoutMs / 1000} s` : code;
    throw new DatabaseError('delivery_failed', `could not reach ${url.hostname}: ${reason}`, {}, { cause: error });
  }
}

interface Sent {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
  readonly ca: string | undefined;
}

function request(url: URL, addresses: LookupAddress[], { headers, body, signal, ca }: Sent): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const options = {
      method: 'POST',
      // A new connection, to the checked addresses: a pooled one would be found by name.
      agent: false as const,
      lookup: pinned(addresses),
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'content-length': String(Buffer.byteLength(body)),
        'user-agent': 'Slipway',
        ...headers,
      },
      signal,
      ...(ca === undefined ? {} : { ca }),
    };
    const sent = (url.protocol === 'https:' ? https : http).request(url, options, (answer) => {
      // The response has begun: later errors do not change the result.
      sent.off('error', reject).on('error', () => undefined);
      drain(answer, () => resolve(answeredBy(answer)));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Reads the rest of a response up to the maximum, so that the recipient is not cut off. */
function drain(answer: IncomingMessage, ended: () => void): void {
  let bytes = 0;
  answer.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > answerBytes) answer.destroy();
  });
  answer.on('error', () => undefined);
  answer.on('close', ended);
}

function answeredBy({ statusCode = 0, headers }: IncomingMessage): Answered {
  const asked = headers['retry-after'];
  const seconds = asked === undefined ? Number.NaN : /^\d{1,9}$/.test(asked) ? Number(asked) : secondsUntil(asked);
  const isKnown = Number.isFinite(seconds) && seconds > 0;
  return { status: statusCode, retryAfterSeconds: isKnown ? Math.min(seconds, maxRetryAfterSeconds) : null };
}

function secondsUntil(date: string): number {
  return Math.ceil((Date.parse(date) - Date.now()) / 1000);
}

/** Throws unless the recipient accepted the message. */
function judge(hostname: string, { status, retryAfterSeconds }: Answered): void {
  if (status >= 200 && status < 300) return;
  if (status >= 300 && status < 400) {
    throw new DatabaseError('delivery_refused', `${hostname} responded with ${status}; redirects are not followed`);
  }
  const isFinal = status >= 400 && status < 500 && status !== 408 && status !== 429;
  const details = retryAfterSeconds === null ? {} : { retryAfterSeconds };
  if (isFinal) throw new DatabaseError('delivery_refused', `${hostname} responded with ${status}`);
  throw new DatabaseError('delivery_failed', `${hostname} responded with ${status}`, details);
}

function pinned(addresses: LookupAddress[]): LookupFunction {
  return (_hostname, options, callback) => {
    const [first = { address: '', family: 4 }] = addresses;
    if (options.all === true) callback(null, addresses);
    else callback(null, first.address, first.family);
  };
}

/** A name lookup cannot be cancelled: a result that comes too late is ignored. */
function withSignal<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    promise.then(resolve, reject);
  });
}
