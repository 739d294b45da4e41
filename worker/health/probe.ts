import type { Logger } from 'pino';
import type { Backend } from '../../containers/backend';
import { readLogTail } from '../../containers/log-tail';
import { type CheckError, checkError } from '../../domain/health/check-errors';
import { containerName } from '../../domain/names';
import type { Engine } from '../../postgres/engine';
import { abortable } from '../../postgres/readiness';
import type { CheckRun } from '../../store/health/monitoring';
import { causeOf } from './explain';

/** How long, after a failed check, inspecting the container may take. */
export const inspectTimeoutMs = 2_000;

/** The result of one run. */
export interface Outcome {
  /** Null when the check passed. */
  readonly error: CheckError | null;
  readonly latencyMs: number;
}

/** Checks whether a database works. Rejects when the check could not be made, which does not count as a failure. */
export type Probe = (run: CheckRun) => Promise<Outcome>;

export interface ProbeSettings {
  readonly backend: Pick<Backend, 'inspectContainer' | 'logs'>;
  readonly engine: Pick<Engine, 'check'>;
  readonly installation: string;
  readonly logger: Logger;
}

/** Addresses that can only be reached from the host itself. */
const loopback = /^(127\.|::1$)/;

/**
 * Queries the engine at the address that users have; when that fails, inspects its container for the reason. Of another
 * host, which is silent, no container can be inspected, and no loopback address be reached: that is a failure.
 */
export function createProbe({ backend, engine, installation, logger }: ProbeSettings): Probe {
  async function ask({ timeoutSeconds, ...run }: CheckRun): Promise<CheckError | null> {
    const timeoutMs = timeoutSeconds * 1000;
    const deadline = AbortSignal.timeout(timeoutMs);
    try {
      return await abortable(engine.check(run.address, run, timeoutMs), deadline);
    } catch (error) {
      if (!deadline.aborted) throw error;
      return checkError('timeout', `the engine did not respond within ${timeoutMs} ms`);
    }
  }

  /** When the host cannot be reached either, the connection's error stands. */
  async function explain(error: CheckError, run: CheckRun): Promise<CheckError> {
    const name = containerName({ installation, ...run }, run.instanceName);
    const signal = AbortSignal.timeout(inspectTimeoutMs);
    try {
      const container = await abortable(backend.inspectContainer(name, { signal }), signal);
      const hasExited = container?.state === 'exited' || container?.state === 'dead';
      const tail = hasExited ? await abortable(readLogTail(backend, name, { signal }), signal) : null;
      return causeOf(error, name, { container, logTail: tail?.isRead ? tail.text : '' });
    } catch (cause) {
      logger.debug({ err: cause, checkId: run.id }, 'could not inspect the container after a failed health check');
      return error;
    }
  }

  return async (run) => {
    if (run.isElsewhere && loopback.test(run.address.host)) return { latencyMs: 0, error: silent(run) };
    const started = performance.now();
    const error = await ask(run);
    const latencyMs = Math.round(performance.now() - started);
    return { latencyMs, error: error === null || run.isElsewhere ? error : await explain(error, run) };
  };
}

function silent({ hostId, address }: CheckRun): CheckError {
  const message = `no worker of host ${hostId} responds, and ${address.host} can only be reached from there`;
  return checkError('host_silent', message);
}
