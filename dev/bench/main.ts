import { writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { createBarePair } from './bare';
import { type ChangesReport, changeRows, measureChanges } from './changes';
import { type Compared, compared } from './compared';
import { createRaw, type RawDatabase, removeBenchObjects } from './raw';
import { measurePass, measureRepair, type ReconcileFigures } from './reconcile';
import { startBenchSlipway } from './slipway';
import { type Percentiles, percentilesOf, round, timed } from './statistics';

export interface BenchSettings {
  readonly rounds: number;
  readonly burst: number;
  readonly acceptSeconds: number;
}

/** Times in milliseconds, memory in bytes. */
export interface BenchReport {
  readonly create: Compared;
  readonly delete: Compared;
  readonly changes: ChangesReport;
  readonly burst: { readonly raw: number; readonly slipway: number; readonly ratio: number };
  readonly accept: Readonly<
    Record<
      string,
      {
        readonly bare: Percentiles;
        readonly slipway: Percentiles;
        readonly ratio: { readonly p50: number; readonly p99: number };
      }
    >
  >;
  readonly reconcile: ReconcileFigures;
  readonly memory: Readonly<Record<'idle' | 'loaded', { readonly api: number; readonly worker: number }>>;
}

/** Measures Slipway and raw Docker in turn, in one run on one machine, so that only the ratios count. */
export async function bench(environment: NodeJS.ProcessEnv, settings: BenchSettings): Promise<BenchReport> {
  const image = /17=([^,]+)/.exec(environment.SLIPWAY_ENGINE_IMAGES ?? '')?.[1] ?? '';
  try {
    return await measure(environment, image, settings);
  } finally {
    await removeBenchObjects();
  }
}

async function measure(
  environment: NodeJS.ProcessEnv,
  image: string,
  { rounds, burst, acceptSeconds }: BenchSettings,
): Promise<BenchReport> {
  const slipway = await startBenchSlipway(environment);
  const idle = slipway.memory();
  const times = { raw: [], official: [], slipway: [], rawDelete: [], slipwayDelete: [] } as Record<string, number[]>;
  const note = (name: string, milliseconds: number) => times[name]?.push(milliseconds);
  for (let index = -1; index < rounds; index += 1) {
    // The first round warms up caches and connections and does not count.
    const counts = index >= 0 ? note : () => undefined;
    let raw: RawDatabase | undefined;
    let official: RawDatabase | undefined;
    let id = '';
    counts(
      'raw',
      await timed(async () => {
        raw = await createRaw(image, 'ours');
      }),
    );
    counts(
      'slipway',
      await timed(async () => {
        id = await slipway.create();
      }),
    );
    counts(
      'official',
      await timed(async () => {
        official = await createRaw(image, 'official');
      }),
    );
    counts('rawDelete', await timed(async () => raw?.remove()));
    counts('slipwayDelete', await timed(() => slipway.remove(id)));
    await official?.remove();
  }
  const many = <T>(run: () => Promise<T>) => Promise.all(Array.from({ length: burst }, run));
  let raws: RawDatabase[] = [];
  let ids: string[] = [];
  const rawBurst = await timed(async () => {
    raws = await many(() => createRaw(image, 'ours'));
  });
  await Promise.all(raws.map((raw) => raw.remove()));
  const slipwayBurst = await timed(async () => {
    ids = await many(() => slipway.create());
  });
  const loaded = slipway.memory();
  await Promise.all(ids.map((id) => slipway.remove(id)));
  const changes = await measureChanges(slipway, image, rounds);
  const repair = await measureRepair(slipway);
  await slipway.stop();
  return {
    create: { ...compared(times.raw ?? [], times.slipway ?? []), official: percentilesOf(times.official ?? []) },
    delete: compared(times.rawDelete ?? [], times.slipwayDelete ?? []),
    changes,
    burst: { raw: round(rawBurst), slipway: round(slipwayBurst), ratio: round(slipwayBurst / rawBurst) },
    accept: await measureAccept(environment, acceptSeconds),
    reconcile: { repair, pass: await measurePass(environment) },
    memory: { idle, loaded },
  };
}

/** Measures accepts at 1 and at 20 requests a second, each compared with the bare pair at the same rate. */
async function measureAccept(environment: NodeJS.ProcessEnv, seconds: number): Promise<BenchReport['accept']> {
  const slipway = await startBenchSlipway(environment, 'dev/bench/memory-worker.ts');
  const bare = await createBarePair(environment);
  const results: Record<string, BenchReport['accept'][string]> = {};
  await paced(10, 3, () => slipway.accept());
  await paced(10, 3, () => bare.run());
  await slipway.drained();
  for (const rate of [1, 20]) {
    const bareTimes = percentilesOf(await paced(rate, seconds, () => bare.run()));
    const slipwayTimes = percentilesOf(await paced(rate, seconds, () => slipway.accept()));
    await slipway.drained();
    const ratio = { p50: round(slipwayTimes.p50 / bareTimes.p50), p99: round(slipwayTimes.p99 / bareTimes.p99) };
    results[`${rate}/s`] = { bare: bareTimes, slipway: slipwayTimes, ratio };
  }
  await bare.close();
  await slipway.stop();
  return results;
}

/** Starts runs at a steady rate, without waiting for earlier ones. */
async function paced(perSecond: number, seconds: number, run: () => Promise<void>): Promise<number[]> {
  const runs: Promise<number>[] = [];
  for (let index = 0; index < perSecond * seconds; index += 1) {
    runs.push(timed(run));
    await delay(1000 / perSecond);
  }
  return Promise.all(runs);
}

/** The report as a table. */
export function tableOf({ create, delete: removal, changes, burst, accept, reconcile, memory }: BenchReport): string {
  const row = (...cells: (string | number)[]) =>
    cells.map((cell, index) => String(cell)[index === 0 ? 'padEnd' : 'padStart'](index === 0 ? 30 : 12)).join('');
  const mebibytes = (bytes: number) => `${Math.round(bytes / 1024 ** 2)} MiB`;
  return [
    row('milliseconds', 'raw', 'official', 'Slipway', 'ratio', 'overhead', 'target'),
    row(
      'create p50',
      create.raw.p50,
      create.official?.p50 ?? '',
      create.slipway.p50,
      create.ratio.p50,
      create.overhead.p50,
    ),
    row(
      'create p95',
      create.raw.p95,
      create.official?.p95 ?? '',
      create.slipway.p95,
      create.ratio.p95,
      create.overhead.p95,
    ),
    row('delete p50', removal.raw.p50, '', removal.slipway.p50, removal.ratio.p50, removal.overhead.p50),
    row('delete p95', removal.raw.p95, '', removal.slipway.p95, removal.ratio.p95, removal.overhead.p95),
    ...changeRows(changes, create).map((cells) => row(...cells)),
    row('burst, all ready', burst.raw, '', burst.slipway, burst.ratio),
    ...Object.entries(accept).flatMap(([rate, { bare, slipway, ratio }]) => [
      row(`accept at ${rate} p50`, bare.p50, '', slipway.p50, ratio.p50),
      row(`accept at ${rate} p99`, bare.p99, '', slipway.p99, ratio.p99),
    ]),
    row('reconcile', '', 'p50', 'max'),
    row('  kill to answering', '', reconcile.repair.p50, reconcile.repair.max),
    row(`  pass over ${reconcile.pass.databases}`, '', reconcile.pass.p50, reconcile.pass.max),
    row('  of one core at rest', '', `${round(reconcile.pass.cpuShare * 100)} %`),
    row('memory', '', 'api', 'worker'),
    row('  idle', '', mebibytes(memory.idle.api), mebibytes(memory.idle.worker)),
    row('  loaded', '', mebibytes(memory.loaded.api), mebibytes(memory.loaded.worker)),
  ].join('\n');
}

export async function saveReport(file: string, report: BenchReport): Promise<void> {
  await writeFile(file, `${JSON.stringify(report, null, 2)}\n`);
}
