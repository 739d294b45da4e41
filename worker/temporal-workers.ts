import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import {
  bundleWorkflowCode,
  DefaultLogger,
  type NativeConnection,
  Worker,
  type WorkerOptions,
} from '@temporalio/worker';
import { createInterceptor } from '../activities/interceptor';
import type { Activities } from '../activities/types';
import type { WorkerConfig } from '../config/config';
import { buildTaskQueue, hostTaskQueue } from '../domain/temporal-names';
import { dataConverterOf, encryptedBundleOf, failureConverterPath } from '../temporal/data-converter';

/** How long a shutdown lets activities end by themselves before it cancels them. */
const shutdownGraceTime = '5 seconds';

/** Workflow runs that a worker keeps in memory between workflow tasks. */
const maxCachedWorkflows = 200;

/** The workflows as one bundle. */
export interface Workflows {
  readonly bundle: { readonly codePath: string } | { readonly code: string };
  /** A digest of the workflows: workers with the same build can continue each other's runs. */
  readonly build: string;
}

/**
 * Reads the bundle from the build, or bundles the workflows now, which takes two seconds. Workflows convert failures to
 * payloads themselves, so encrypted payloads need a second bundle; it is of the same build.
 */
export async function readWorkflows(file: string | undefined, isEncrypted: boolean): Promise<Workflows> {
  if (file !== undefined) {
    const codePath = path.resolve(isEncrypted ? encryptedBundleOf(file) : file);
    return { bundle: { codePath }, build: buildOfCode(await readFile(file)) };
  }
  const { code } = await bundleWorkflowCode({
    workflowsPath: require.resolve('../workflows'),
    workflowInterceptorModules: [require.resolve('../workflows/interceptors')],
    logger: new DefaultLogger('WARN'),
    ...(isEncrypted ? { failureConverterPath } : {}),
  });
  return { bundle: { code }, build: buildOfCode(code) };
}

function buildOfCode(code: Buffer | string): string {
  return createHash('sha256').update(code).digest('hex').slice(0, 12);
}

/**
 * A Temporal worker for the operations of this build, one for the activities of the host, and one for messages. The last
 * also continues operations that an API or a worker of a version without builds has started.
 */
export async function createWorkers(
  config: WorkerConfig,
  connection: NativeConnection,
  { control, deliveries, host }: Activities,
  { bundle: workflowBundle, build }: Workflows,
): Promise<Worker[]> {
  const { namespace, taskQueue, isEncrypted } = config.temporal;
  const common = {
    connection,
    namespace,
    dataConverter: dataConverterOf(config.secrets, isEncrypted),
    shutdownGraceTime,
    shutdownForceTime: config.service.shutdownTimeoutMs,
    interceptors: { activity: [createInterceptor] },
    // A cancellation arrives with the response to a heartbeat, so heartbeats must not be throttled for long.
    maxHeartbeatThrottleInterval: '500 milliseconds',
  } satisfies Partial<WorkerOptions>;
  const runs = {
    workflowBundle,
    maxCachedWorkflows,
    // After its worker was killed, a run resumes on another worker after this time.
    stickyQueueScheduleToStartTimeout: '2 seconds',
  } satisfies Partial<WorkerOptions>;
  return Promise.all([
    Worker.create({ ...common, ...runs, taskQueue: buildTaskQueue(taskQueue, build), activities: control }),
    Worker.create({ ...common, ...runs, taskQueue, activities: { ...control, ...deliveries } }),
    Worker.create({ ...common, taskQueue: hostTaskQueue(config.host.id), activities: host }),
  ]);
}
