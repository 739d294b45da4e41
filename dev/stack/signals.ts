import { Interrupted } from '../machine/stages';

/**
 * Resolves at SIGINT or SIGTERM. Later signals are caught and ignored: npm also forwards a signal that the terminal has
 * already sent.
 */
export function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve(signal));
  });
}

/** The result of the work; throws `Interrupted` if a signal arrives first. */
export async function unlessSignalled<T>(signalled: Promise<NodeJS.Signals>, work: Promise<T>): Promise<T> {
  const interrupted = signalled.then((signal): never => {
    throw new Interrupted(signal);
  });
  return Promise.race([work, interrupted]);
}
