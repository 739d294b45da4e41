import { DatabaseError } from '../../domain/errors';
import type { Backend, Call } from '../backend';
import { type Admission, createBreaker } from './breaker';
import { createBulkhead } from './bulkhead';
import { callLengths } from './calls';
import { type Clock, steadyClock } from './clock';
import { withDeadline } from './deadline';
import { verdictOf } from './health';
import type { ResilienceSettings } from './settings';
import type { BackendStatus, BreakerStatus, BulkheadLoad } from './status';

export interface ResilientSettings extends ResilienceSettings {
  readonly hostId: string;
  /** Called on every change of the breaker's state. */
  readonly changed: (status: BreakerStatus) => void;
  readonly clock?: Clock;
}

export type ResilientBackend = Backend & {
  /** The status of this host, without a call to it. */
  status(): BackendStatus;
};

/** The retry delay of a call that got no slot; slots are freed all the time. */
const busyRetrySeconds = 1;

/**
 * Protects a worker from one host: calls to a host that does not answer fail at once (`backend_unavailable`),
 * concurrent calls are limited and the rest wait for a bounded time (`backend_busy`), and every call has a deadline
 * that includes the wait (`backend_timeout`). Both refusals carry `retryAfterSeconds`. `ping` has the deadline only: it
 * tells whether the host answers, whatever else is going on.
 */
export function createResilientBackend(backend: Backend, settings: ResilientSettings): ResilientBackend {
  const { hostId, clock = steadyClock, changed } = settings;
  const breaker = createBreaker(settings.breaker, clock, changed);
  const bulkhead = createBulkhead(settings.bulkhead, clock, busy);
  const timeouts = { short: settings.callTimeoutMs, long: settings.longCallTimeoutMs };

  type Run<T> = (call: Call) => Promise<T>;

  /** Makes a call in its turn, and reports its end to the breaker. */
  async function through<T>(name: keyof Backend, what: string, call: Call | undefined, run: Run<T>): Promise<T> {
    call?.signal?.throwIfAborted();
    if (breaker.refuses()) throw unavailable();
    return timely(name, what, call, async (timed) => {
      const leave = await bulkhead.enter(timed.signal);
      try {
        // Checked again: the breaker may have opened while this call waited.
        const settle = await admitted(name, call);
        return await judged(settle, call, () => run(timed));
      } finally {
        leave();
      }
    });
  }

  /** Makes a call under its deadline. */
  async function timely<T>(name: keyof Backend, what: string, call: Call | undefined, run: Run<T>): Promise<T> {
    const timeoutMs = timeouts[callLengths[name]];
    const callName = `${name} ${what}`.trim();
    const timeoutError = (): Error =>
      new DatabaseError('backend_timeout', `host ${hostId}: ${callName}: no response within ${timeoutMs / 1000} s`);
    return withDeadline(clock, timeoutMs, call?.signal, timeoutError, (signal) => run({ ...call, signal }));
  }

  /** A long call is no probe, as it would block others for as long: a ping probes before it. */
  async function admitted(name: keyof Backend, call: Call | undefined): Promise<Admission['settle']> {
    for (;;) {
      const admission = breaker.admit();
      if (admission === null) throw unavailable();
      if (!admission.probe || callLengths[name] === 'short') return admission.settle;
      await judged(admission.settle, call, () => timely('ping', '', call, (timed) => backend.ping(timed)));
    }
  }

  async function judged<T>(settle: Admission['settle'], call: Call | undefined, run: () => Promise<T>): Promise<T> {
    try {
      const result = await run();
      settle('answered');
      return result;
    } catch (error) {
      settle(verdictOf(error, call?.signal));
      throw error;
    }
  }

  function unavailable(): DatabaseError {
    const { unavailableSince, lastFailure } = breaker.status();
    return new DatabaseError(
      'backend_unavailable',
      `host ${hostId} has been unavailable since ${unavailableSince}: ${lastFailure?.message}`,
      { hostId, unavailableSince, retryAfterSeconds: Math.max(1, Math.ceil(breaker.retryAfterMs() / 1000)) },
    );
  }

  function busy({ running, waiting }: BulkheadLoad): DatabaseError {
    const waitedSeconds = settings.bulkhead.waitMs / 1000;
    return new DatabaseError(
      'backend_busy',
      `host ${hostId} is busy: no free slot within ${waitedSeconds} s, ${running} calls running and ${waiting} waiting`,
      { hostId, retryAfterSeconds: busyRetrySeconds },
    );
  }

  return {
    status: () => ({ breaker: breaker.status(), calls: bulkhead.load() }),

    ping: (call) => timely('ping', '', call, (timed) => backend.ping(timed)),
    engineId: (call) => through('engineId', '', call, (timed) => backend.engineId(timed)),
    engineStartedAt: (call) => through('engineStartedAt', '', call, (timed) => backend.engineStartedAt(timed)),
    ensureImage: (image, call) => through('ensureImage', image, call, (timed) => backend.ensureImage(image, timed)),
    ensureNetwork: (network, call) =>
      through('ensureNetwork', network.name, call, (timed) => backend.ensureNetwork(network, timed)),
    removeNetwork: (name, labels, call) =>
      through('removeNetwork', name, call, (timed) => backend.removeNetwork(name, labels, timed)),
    ensureVolume: (volume, call) =>
      through('ensureVolume', volume.name, call, (timed) => backend.ensureVolume(volume, timed)),
    removeVolume: (name, labels, call) =>
      through('removeVolume', name, call, (timed) => backend.removeVolume(name, labels, timed)),
    peekVolume: (peek, call) => through('peekVolume', peek.name, call, (timed) => backend.peekVolume(peek, timed)),
    ensureContainer: (container, call) =>
      through('ensureContainer', container.name, call, (timed) => backend.ensureContainer(container, timed)),
    startContainer: (name, labels, call) =>
      through('startContainer', name, call, (timed) => backend.startContainer(name, labels, timed)),
    pauseContainer: (name, labels, call) =>
      through('pauseContainer', name, call, (timed) => backend.pauseContainer(name, labels, timed)),
    resumeContainer: (name, labels, call) =>
      through('resumeContainer', name, call, (timed) => backend.resumeContainer(name, labels, timed)),
    updateContainer: (name, labels, limits, call) =>
      through('updateContainer', name, call, (timed) => backend.updateContainer(name, labels, limits, timed)),
    stopContainer: (name, labels, call) =>
      through('stopContainer', name, call, (timed) => backend.stopContainer(name, labels, timed)),
    removeContainer: (name, labels, call) =>
      through('removeContainer', name, call, (timed) => backend.removeContainer(name, labels, timed)),
    inspectContainer: (name, call) =>
      through('inspectContainer', name, call, (timed) => backend.inspectContainer(name, timed)),
    list: (labels, call) => through('list', '', call, (timed) => backend.list(labels, timed)),
    putFiles: (name, directory, files, call) =>
      through('putFiles', name, call, (timed) => backend.putFiles(name, directory, files, timed)),
    exec: (name, exec, call) => through('exec', name, call, (timed) => backend.exec(name, exec, timed)),
    logs: (name, options, call) => through('logs', name, call, (timed) => backend.logs(name, options, timed)),
    followLogs: (name, range, call) =>
      through('followLogs', name, call, (timed) => backend.followLogs(name, range, timed)),
    stats: (name, call) => through('stats', name, call, (timed) => backend.stats(name, timed)),
    events: (labels, call) => through('events', '', call, (timed) => backend.events(labels, timed)),
  };
}
