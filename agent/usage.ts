import { setTimeout as delay } from 'node:timers/promises';
import type { Backend, Call, ContainerStats } from '../containers/backend';
import type { InstanceReading, InstanceUsage } from './protocol';

/** Default time between the two readings that a rate needs. */
export const defaultSampleMs = 250;

/** Reads the usage of an instance's container twice, and computes its rate. */
export async function readUsage(
  backend: Backend,
  name: string,
  call: Call,
  sampleMs = defaultSampleMs,
): Promise<InstanceReading> {
  const container = await backend.inspectContainer(name, call);
  if (container === null) return { state: 'gone', usage: null };
  if (container.state === 'paused') return { state: 'paused', usage: null };
  const first = container.state === 'running' ? await backend.stats(name, call) : null;
  if (first === null) return { state: 'stopped', usage: null };
  await delay(sampleMs, undefined, call.signal === undefined ? {} : { signal: call.signal });
  const second = await backend.stats(name, call);
  return second === null ? { state: 'stopped', usage: null } : { state: 'running', usage: usageOf(first, second) };
}

/** The counters of a container that restarted between the readings begin at zero: its rate is the usage since then. */
export function usageOf(first: ContainerStats, second: ContainerStats): InstanceUsage {
  const cpuSampleMs = Math.max(1, second.at.getTime() - first.at.getTime());
  const isSameStart = second.cpuNanoseconds >= first.cpuNanoseconds;
  const usedNanoseconds = second.cpuNanoseconds - (isSameStart ? first.cpuNanoseconds : 0);
  return {
    readAt: second.at.toISOString(),
    cpuNanoseconds: second.cpuNanoseconds,
    cpuPercentOfOneCpu: Math.round((usedNanoseconds / (cpuSampleMs * 1e6)) * 10_000) / 100,
    cpuSampleMs,
    memoryBytes: second.memoryBytes,
    memoryLimitBytes: second.memoryLimitBytes,
    networkReceivedBytes: second.receivedBytes,
    networkSentBytes: second.sentBytes,
    diskReadBytes: second.readBytes,
    diskWrittenBytes: second.writtenBytes,
  };
}
