import { type DownFigures, measureDown } from './down';
import { type HealthFigures, measureHealth } from './health';
import { measureRest, type RestFigures } from './rest';
import { round } from './statistics';

export interface HealthReport {
  readonly checks: Readonly<Record<string, HealthFigures>>;
  readonly rest: RestFigures;
  readonly down: DownFigures;
}

/** Measures the lateness of checks, a worker's CPU usage at rest, and the time until a database is reported down. */
export async function measureAllOfHealth(environment: NodeJS.ProcessEnv, seconds: number): Promise<HealthReport> {
  const checks = await measureHealth(environment, seconds);
  const rest = await measureRest(environment, seconds);
  return { checks, rest, down: await measureDown(environment) };
}

/** The report as text. */
export function healthReport({ checks, rest, down }: HealthReport): string {
  const row = (...cells: (string | number)[]) =>
    cells.map((cell, index) => (index === 0 ? String(cell).padEnd(10) : String(cell).padStart(13))).join('');
  const percent = (share: number) => `${round(share * 100)} %`;
  return [
    row('probes', 'late p50 ms', 'p99 ms', 'max ms', 'checks/s', 'transact./s', 'worker CPU', 'store CPU'),
    ...Object.entries(checks).map(([name, { lateness, ...rates }]) =>
      row(
        name,
        ...(rates.checksPerSecond === 0 ? ['', '', ''] : [lateness.p50, lateness.p99, lateness.max]),
        rates.checksPerSecond,
        rates.transactionsPerSecond,
        percent(rates.workerCpuShare),
        percent(rates.storeCpuShare),
      ),
    ),
    '',
    `a whole worker at rest, of one core: ${percent(rest.withoutDatabases)} without databases, ${percent(rest.withDatabases)} with ${rest.databases}`,
    `kill to DOWN at the receiver, ${down.kills} kills: p50 ${round(down.p50 / 1000)} s, max ${round(down.max / 1000)} s; promised ${down.bound / 1000} s`,
  ].join('\n');
}
