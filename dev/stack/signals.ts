import { Interrupted } from '../machine/stages';

/**
 * Resolves at SIGINT or SIGTERM. Later ones are caught as well, and change nothing: npm passes on what a terminal has
 * sent already.
 */
export function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve(signal));
  });
}

/** What the work comes to; throws `Interrupted` when a signal comes before. */
export async function unlessSignalled<T>(signalled: Promise<NodeJS.Signals>, work: Promise<T>): Promise<T> {
  const interrupted = signalled.then((signal): never => {
    throw new Interrupted(signal);
  });
  return Promise.race([work, interrupted]);
}
