import { setTimeout as delay } from 'node:timers/promises';
import { DatabaseError } from '../domain/errors';
import type { Patience } from './patience';
import type { ProbeResult } from './probe';

/** Of the time that has passed, what the next wait may add to it: twenty starts at once are not probed 800 times a second. */
const shareOfWait = 0.03;
const mostIntervals = 10;

/** So many answers in a row, all by one server, make it ready: a server that is about to restart answers once. */
const answersInARow = 2;

/**
 * Probes until the engine is ready: answers in a row, with one start time, by a server that is not in recovery. Errors
 * of single probes are tolerated until the deadline, then it throws `not_ready` with the last one's cause. Ends within
 * one interval of an abort, with the abort's reason.
 */
export async function awaitReady(
  probe: () => Promise<ProbeResult>,
  patience: Patience,
  signal: AbortSignal,
): Promise<void> {
  let answers: ProbeResult[] = [];
  await poll(patience, signal, 'the engine did not become ready', async () => {
    try {
      const result = await probe();
      if (result.inRecovery) throw new Error('the engine is in recovery');
      answers = answers.at(-1)?.startedAt === result.startedAt ? [...answers, result] : [result];
    } catch (error) {
      answers = [];
      throw error;
    }
    return answers.length >= answersInARow;
  });
}

/** Probes until an engine, or what is named, answers at all; like `awaitReady` in everything else. */
export async function awaitAnswer(
  probe: () => Promise<void>,
  patience: Patience,
  signal: AbortSignal,
  name = 'the engine',
): Promise<void> {
  await poll(patience, signal, `${name} did not respond`, async () => {
    await probe();
    return true;
  });
}

async function poll(
  { intervalMs, timeoutMs }: Patience,
  signal: AbortSignal,
  failure: string,
  attempt: () => Promise<boolean>,
): Promise<void> {
  const deadline = AbortSignal.timeout(Math.ceil(timeoutMs));
  const ended = AbortSignal.any([signal, deadline]);
  const began = performance.now();
  for (let lastProbe = 'no response yet'; ; ) {
    signal.throwIfAborted();
    if (deadline.aborted) {
      const timeoutSeconds = timeoutMs / 1000;
      const message = `${failure} within ${timeoutSeconds} s: ${lastProbe}`;
      throw new DatabaseError('not_ready', message, { lastProbe, timeoutSeconds });
    }
    try {
      if (await abortable(attempt(), ended)) return;
      lastProbe = 'it responded only once since it started';
    } catch (error) {
      // One that the deadline cut off says less than the one before it.
      if (!ended.aborted) lastProbe = causeOf(error);
    }
    const wait = Math.min(Math.max(intervalMs, (performance.now() - began) * shareOfWait), intervalMs * mostIntervals);
    await delay(wait, undefined, { signal: ended }).catch(() => undefined);
  }
}

/** What is attempted, unless the signal comes first: a probe that hangs holds up neither a deadline nor an abort. */
export async function abortable<T>(attempt: Promise<T>, signal: AbortSignal): Promise<T> {
  let abort = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    abort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([attempt, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** What went wrong, in one short line and with no credentials, such as those of a connection string. */
export function causeOf(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  const text = String(message ?? error).split('\n')[0] ?? '';
  return [typeof code === 'string' ? code : '', text.replaceAll(/\/\/[^@\s]*@/g, '//…@').slice(0, 200)]
    .filter(Boolean)
    .join(': ');
}
