import os from 'node:os';
import { createBarePair } from '../bare';
import { openLoop, type Paced } from '../open-loop';
import { type BenchSlipway, startBenchSlipway } from '../slipway';
import { type Percentiles, percentilesOf, round } from '../statistics';
import { type Caller, createCaller } from './caller';
import { watchMemory } from './memory';
import { openReaders } from './readers';

export interface LoadSettings {
  /** The path of the compiled `dev/bench/memory-worker.ts`. */
  readonly worker: string;
  readonly seconds: number;
  readonly acceptsPerSecond: number;
  readonly readsPerSecond: number;
  /** Number of event readers; 0 skips that part. */
  readonly readers: number;
}

/** Times in milliseconds, memory in bytes. The maximum of each ratio is in `targets`. */
export interface LoadReport {
  readonly settings: LoadSettings;
  /** The machine's load average over one minute, before and after the run. */
  readonly loadAverage: readonly [number, number];
  readonly bare: Percentiles;
  readonly livez: Percentiles;
  readonly accept: Percentiles;
  readonly read: Percentiles;
  readonly acceptRatio: number;
  readonly readRatio: number;
  readonly errors: readonly string[];
  readonly mostLateMs: number;
  /** The API's memory: the medians of the second quarter of the run and of the last. */
  readonly memory: { readonly early: number; readonly late: number };
  readonly withReaders: ReadersReport | null;
}

interface ReadersReport {
  readonly without: Percentiles;
  readonly with: Percentiles;
  readonly ratio: number;
  readonly endedStreams: number;
  readonly receivedBytes: number;
  readonly errors: readonly string[];
}

export const targets = { accept: 3, read: 4, readers: 1.1, memory: 1.1 } as const;

/** Rates of the baseline measurements during the load: high enough for a p99, and small compared with the load. */
const barePerSecond = 5;
const livezPerSecond = 50;

/**
 * Sends accepts and reads at a steady rate to one API, with keys, a quota and Idempotency-Keys; the worker's containers
 * are in memory. At the same time, on the same busy machine, measures the minimum cost of an accept and of a read.
 */
export async function measureLoad(environment: NodeJS.ProcessEnv, settings: LoadSettings): Promise<LoadReport> {
  const before = os.loadavg()[0] ?? 0;
  const slipway = await startBenchSlipway(environment, settings.worker);
  const key = await tenantKey(slipway);
  const caller = createCaller(slipway.url, key);
  const bare = await createBarePair(environment);
  try {
    const { seconds, acceptsPerSecond, readsPerSecond } = settings;
    await Promise.all([
      openLoop(10, 5, caller.accept),
      openLoop(100, 5, caller.read),
      openLoop(barePerSecond, 5, bare.run),
    ]);
    await slipway.drained(key);
    const memory = watchMemory(() => slipway.memory().api);
    const [accepts, reads, bares, livezs] = await Promise.all([
      openLoop(acceptsPerSecond, seconds, caller.accept),
      openLoop(readsPerSecond, seconds, caller.read),
      openLoop(barePerSecond, seconds, bare.run),
      openLoop(livezPerSecond, seconds, caller.livez),
    ]);
    const flat = memory.stop();
    await slipway.drained(key);
    const [accept, read] = [percentilesOf(accepts.times), percentilesOf(reads.times)];
    const [bareTimes, livez] = [percentilesOf(bares.times), percentilesOf(livezs.times)];
    const all = [accepts, reads, bares, livezs];
    return {
      settings,
      bare: bareTimes,
      livez,
      accept,
      read,
      acceptRatio: round(accept.p99 / bareTimes.p99),
      readRatio: round(read.p99 / livez.p99),
      errors: all.flatMap(errorsOf),
      mostLateMs: round(Math.max(...all.map(({ mostLateMs }) => mostLateMs))),
      memory: flat,
      withReaders: settings.readers === 0 ? null : await measureReaders(slipway, caller, key, settings),
      loadAverage: [round(before), round(os.loadavg()[0] ?? 0)],
    };
  } finally {
    caller.close();
    await bare.close();
    await slipway.stop();
  }
}

/** Measures accepts in turn without and with event readers, so that other load on the machine affects both. */
async function measureReaders(
  slipway: BenchSlipway,
  caller: Caller,
  key: string,
  { seconds, acceptsPerSecond, readers }: LoadSettings,
): Promise<ReadersReport> {
  const rounds = 3;
  const turnSeconds = Math.ceil(seconds / rounds / 2);
  const alone: Paced[] = [];
  const beside: Paced[] = [];
  let endedStreams = 0;
  let receivedBytes = 0;
  for (let index = 0; index < rounds; index += 1) {
    alone.push(await openLoop(acceptsPerSecond, turnSeconds, caller.accept));
    await slipway.drained(key);
    const open = await openReaders(slipway.url, key, readers);
    beside.push(await openLoop(acceptsPerSecond, turnSeconds, caller.accept));
    await slipway.drained(key);
    endedStreams += open.ended();
    receivedBytes += open.receivedBytes();
    open.leave();
  }
  const without = percentilesOf(alone.flatMap(({ times }) => times));
  const withReaders = percentilesOf(beside.flatMap(({ times }) => times));
  const ratio = round(withReaders.p50 / without.p50);
  return {
    without,
    with: withReaders,
    ratio,
    endedStreams,
    receivedBytes,
    errors: [...alone, ...beside].flatMap(errorsOf),
  };
}

/** The key of a new tenant with limits that are never reached. */
async function tenantKey({ client }: BenchSlipway): Promise<string> {
  const { id } = await client<{ id: string }>('POST', '/v1/tenants', { name: 'load' });
  const limits = { databases: 1_000_000, nanoCpus: 1e15, memoryBytes: 2 ** 52 };
  await client('PUT', `/v1/tenants/${id}/quota`, limits);
  return (await client<{ key: string }>('POST', '/v1/keys', { name: 'load', role: 'admin', tenantId: id })).key;
}

function errorsOf({ errors }: Paced): string[] {
  return errors.map(String);
}
