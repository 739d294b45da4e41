import { setTimeout as delay } from 'node:timers/promises';
import { DatabaseError } from '../domain/errors';
import { type Answer, answerOf } from './answers';
import type { Patience } from './patience';
import type { ProbeResult } from './probe';
import { type Recovery, watchRecovery } from './recovery';

/**
 * The next wait as a share of the elapsed time, so that twenty simultaneous starts do not cause 800 probes a second.
 */
const shareOfWait = 0.03;
const mostIntervals = 10;
/** While an engine recovers: it logs a line for each probe that it refuses. */
const mostIntervalsRecovering = 100;

/** Consecutive answers, all from one server, that make it ready: a server that is about to restart answers once. */
export const answersInARow = 2;

/**
 * Probes until the engine is ready: consecutive answers, with one start time, from a server that is not in recovery. An
 * engine whose connections are all in use has answered too. Tolerates failed probes until the timeout, then throws
 * `not_ready` with the last probe's cause. On abort, ends within one interval with the abort's reason.
 *
 * @param recovery while the engine starts or recovers, the timeout does not run, and this call ends as `recovering`; if
 *   missing, that counts as a failed probe
 */
export async function awaitReady(
  probe: () => Promise<ProbeResult>,
  patience: Patience,
  signal: AbortSignal,
  recovery?: Recovery,
): Promise<void> {
  let answers = 0;
  let startedAt: string | null = null;
  await poll(patience, signal, { failure: 'the engine did not become ready', recovery }, async () => {
    try {
      const result = await probe();
      if (result.inRecovery) throw new Error('the engine is in recovery');
      answers = startedAt === null || startedAt === result.startedAt ? answers + 1 : 1;
      startedAt = result.startedAt;
    } catch (error) {
      if (answerOf(error) !== 'full') {
        [answers, startedAt] = [0, null];
        throw error;
      }
      answers += 1;
    }
    return answers >= answersInARow;
  });
}

interface AwaitAnswerOptions {
  readonly name?: string;
  readonly recovery?: Recovery;
}

/** Probes until an engine, or the server with this name, responds at all; otherwise like `awaitReady`. */
export async function awaitAnswer(
  probe: () => Promise<void>,
  patience: Patience,
  signal: AbortSignal,
  { name = 'the engine', recovery }: AwaitAnswerOptions = {},
): Promise<void> {
  await poll(patience, signal, { failure: `${name} did not respond`, recovery }, async () => {
    await probe();
    return true;
  });
}

interface Polled {
  readonly failure: string;
  readonly recovery: Recovery | undefined;
}

/** The timeout runs while there is no progress: an engine that starts or recovers begins it again. */
async function poll(
  { intervalMs, timeoutMs }: Patience,
  signal: AbortSignal,
  { failure, recovery }: Polled,
  attempt: () => Promise<boolean>,
): Promise<void> {
  const noteRecovery = recovery && watchRecovery(recovery, () => performance.now());
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), Math.ceil(timeoutMs));
  const ended = AbortSignal.any([signal, timeout.signal]);
  const began = performance.now() - (recovery?.beforeMs ?? 0);
  let lastProbe = 'no response yet';
  let lastAnswer: Answer = 'silent';
  try {
    for (;;) {
      signal.throwIfAborted();
      if (timeout.signal.aborted) {
        const timeoutSeconds = timeoutMs / 1000;
        const message = `${failure} within ${timeoutSeconds} s: ${lastProbe}`;
        throw new DatabaseError('not_ready', message, { lastProbe, lastAnswer, timeoutSeconds });
      }
      try {
        if (await abortable(attempt(), ended)) return;
        [lastProbe, lastAnswer] = ['it responded only once since it started', 'ready'];
      } catch (error) {
        // A probe that the timeout cut off says less than the one before it.
        if (!ended.aborted) [lastProbe, lastAnswer] = [causeOf(error), answerOf(error)];
      }
      const isRecovering = noteRecovery !== undefined && lastAnswer === 'starting' && !ended.aborted;
      if (isRecovering) {
        timer.refresh();
        noteRecovery(lastProbe);
      }
      const most = intervalMs * (isRecovering ? mostIntervalsRecovering : mostIntervals);
      const wait = Math.min(Math.max(intervalMs, (performance.now() - began) * shareOfWait), most);
      await delay(wait, undefined, { signal: ended }).catch(() => undefined);
    }
  } finally {
    clearTimeout(timer);
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
