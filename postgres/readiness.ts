import { setTimeout as delay } from 'node:timers/promises';
import { DatabaseError } from '../domain/errors';
import type { Patience } from './patience';
import type { ProbeResult } from './probe';

/**
 * The next wait as a share of the elapsed time, so that twenty simultaneous starts do not cause 800 probes a second.
 */
const shareOfWait = 0.03;
const mostIntervals = 10;

/** Consecutive answers, all from one server, that make it ready: a server that is about to restart answers once. */
export const answersInARow = 2;

/**
 * Probes until the engine is ready: consecutive answers, with one start time, from a server that is not in recovery.
 * Tolerates failed probes until the timeout, then throws `not_ready` with the last probe's cause. On abort, ends within
 * one interval with the abort's reason.
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

/** Probes until an engine, or the server with this name, responds at all; otherwise like `awaitReady`. */
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
      // A probe that the deadline cut off says less than the one before it.
      if (!ended.aborted) lastProbe = causeOf(error);
    }
    const wait = Math.min(Math.max(intervalMs, (performance.now() - began) * shareOfWait), intervalMs * mostIntervals);
    await delay(wait, undefined, { signal: ended }).catch(() => undefined);
  }
}

/** The attempt's result, or a rejection on abort: a hanging probe delays neither a deadline nor an abort. */
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

/** The error in one short line, without credentials such as those of a connection string. */
export function causeOf(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  const text = String(message ?? error).split('\n')[0] ?? '';
  return [typeof code === 'string' ? code : '', text.replaceAll(/\/\/[^@\s]*@/g, '//…@').slice(0, 200)]
    .filter(Boolean)
    .join(': ');
}
