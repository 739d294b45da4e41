import type { ContainerStats as DockerStats } from 'dockerode';
import type { Backend, ContainerStats } from '../backend';
import type { Engine } from './engine';

export function createStats({ docker, find }: Engine): Pick<Backend, 'stats'> {
  return {
    async stats(name, call) {
      // One reading only: Docker would otherwise wait one or two seconds for another, to compute a rate.
      const stats = await find(`read the resource usage of ${name}`, call, (abortSignal) =>
        docker.getContainer(name).stats({ stream: false, 'one-shot': true, abortSignal } as { stream: false }),
      );
      return stats === null ? null : containerStats(stats);
    },
  };
}

/** Converts the response of `GET /containers/{id}/stats`; null for a container that is not running. */
function containerStats(stats: DockerStats): ContainerStats | null {
  // Go's zero time marks a container that is not running, which has no reading.
  if (stats.read.startsWith('0001')) return null;
  const { usage, limit, stats: memory } = stats.memory_stats;
  const networks = Object.values(stats.networks ?? {});
  return {
    at: new Date(stats.read),
    cpuNanoseconds: stats.cpu_stats.cpu_usage.total_usage,
    // Computed as in `docker stats`: the first field is cgroup v1's, the second v2's.
    memoryBytes: usage - (memory?.total_inactive_file ?? memory?.inactive_file ?? 0),
    memoryLimitBytes: limit,
    receivedBytes: sum(networks.map(({ rx_bytes }) => rx_bytes)),
    sentBytes: sum(networks.map(({ tx_bytes }) => tx_bytes)),
    readBytes: diskBytes(stats, 'read'),
    writtenBytes: diskBytes(stats, 'write'),
  };
}

/** cgroup v1 reports `Read`, v2 `read`; null if the container has not touched the disk. */
function diskBytes({ blkio_stats }: DockerStats, kind: 'read' | 'write'): number {
  const entries = blkio_stats?.io_service_bytes_recursive ?? [];
  return sum(entries.filter(({ op }) => op.toLowerCase() === kind).map(({ value }) => value));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
