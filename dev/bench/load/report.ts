import type { Percentiles } from '../statistics';
import { type LoadReport, targets } from './main';

/** The targets that a run missed, and its errors; empty if there are none. */
export function missedBy(report: LoadReport): string[] {
  const { acceptRatio, readRatio, memory, errors, withReaders } = report;
  return [
    ...(acceptRatio > targets.accept
      ? [`accepts: ${acceptRatio} times the bare pair, more than ${targets.accept}`]
      : []),
    ...(readRatio > targets.read ? [`reads: ${readRatio} times /livez, more than ${targets.read}`] : []),
    ...(memory.late / memory.early > targets.memory ? ['the memory of the API has grown'] : []),
    ...(withReaders !== null && withReaders.ratio > targets.readers
      ? [`accepts beside readers: ${withReaders.ratio} times as long, more than ${targets.readers}`]
      : []),
    ...(withReaders !== null && withReaders.endedStreams > 0 ? [`${withReaders.endedStreams} streams have ended`] : []),
    ...[...errors, ...(withReaders?.errors ?? [])].slice(0, 10),
  ];
}

/** The report as a table. */
export function tableOf(report: LoadReport): string {
  const { settings, bare, accept, livez, read, acceptRatio, readRatio, memory, withReaders, mostLateMs } = report;
  const { acceptsPerSecond, readsPerSecond, seconds, readers } = settings;
  const mebibytes = (bytes: number) => `${Math.round(bytes / 1024 ** 2)} MiB`;
  const row = (name: string, { p50, p95, p99 }: Percentiles, ...rest: string[]) =>
    [name.padEnd(34), ...[p50, p95, p99].map((time) => String(time).padStart(10)), ...rest].join('  ');
  return [
    `${seconds} s, load average ${report.loadAverage.join(' to ')}, at most ${mostLateMs} ms behind the pace`,
    ['milliseconds'.padEnd(34), ...['p50', 'p95', 'p99'].map((name) => name.padStart(10))].join('  '),
    row('bare transaction and start', bare),
    row(`accept at ${acceptsPerSecond}/s`, accept, `p99 ${acceptRatio} x (<= ${targets.accept})`),
    row('GET /livez', livez),
    row(`read at ${readsPerSecond}/s`, read, `p99 ${readRatio} x (<= ${targets.read})`),
    `memory of the API: ${mebibytes(memory.early)} to ${mebibytes(memory.late)}; ${report.errors.length} errors`,
    ...(withReaders === null
      ? []
      : [
          row('accept', withReaders.without),
          row(
            `accept beside ${readers} readers`,
            withReaders.with,
            `p50 ${withReaders.ratio} x (<= ${targets.readers})`,
          ),
          `read ${mebibytes(withReaders.receivedBytes)}, ${withReaders.endedStreams} streams ended`,
        ]),
  ].join('\n');
}
