import type { ContainerStats as DockerStats } from 'dockerode';
import type { Backend, ContainerStats } from '../backend';
import type { Engine } from './engine';

export function createStats({ docker, find }: Engine): Pick<Backend, 'stats'> {
  return {
    async stats(name, call) {
      // One reading: Docker would otherwise wait a second or two for another, to compute a rate.
      const stats = await find(`read the resource usage of ${name}`, call, (abortSignal) =>
        docker.getContainer(name).stats({ stream: false, 'one-shot': true, abortSignal } as { stream: false }),
      );
      return stats === null ? null : containerStats(stats);
    },
  };
}

/** What `GET /containers/{id}/stats` says, in our words; null for a container that does not run. */
function containerStats(stats: DockerStats): ContainerStats | null {
  // Of one that does not run there is no reading, which has the zero time of Go.
  if (stats.read.startsWith('0001')) return null;
  const { usage, limit, stats: memory } = stats.memory_stats;
  const networks = Object.values(stats.networks ?? {});
  return {
    at: new Date(stats.read),
    cpuNanoseconds: stats.cpu_stats.cpu_usage.total_usage,
    // As `docker stats` reckons: the first under cgroup v1, the second under v2.
    memoryBytes: usage - (memory?.total_inactive_file ?? memory?.inactive_file ?? 0),
    memoryLimitBytes: limit,
    receivedBytes: sum(networks.map(({ rx_bytes }) => rx_bytes)),
    sentBytes: sum(networks.map(({ tx_bytes }) => tx_bytes)),
    readBytes: diskBytes(stats, 'read'),
    writtenBytes: diskBytes(stats, 'write'),
  };
}

/** cgroup v1 writes `Read` and v2 `read`; a container that touched no disk has null. */
function diskBytes({ blkio_stats }: DockerStats, kind: 'read' | 'write'): number {
  const entries = blkio_stats?.io_service_bytes_recursive ?? [];
  return sum(entries.filter(({ op }) => op.toLowerCase() === kind).map(({ value }) => value));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
