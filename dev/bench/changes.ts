import type { Size } from '../../domain/spec';
import { type Compared, compared } from './compared';
import { benchSize, createRaw } from './raw';
import type { BenchSlipway } from './slipway';
import { timed } from './statistics';

const verbs = ['stop', 'start', 'pause', 'resume', 'resize'] as const;
type Verb = (typeof verbs)[number];

export type ChangesReport = Readonly<Record<Verb, Compared>>;

/** Maximum time of a start, as a multiple of a start over the socket. */
const startRatio = 1.25;

/**
 * Measures changes of an existing database, each over the socket and then through Slipway, from the request until the
 * operation has finished. Slipway waits for the engine after all but stop and pause, so raw does, too.
 */
export async function measureChanges(slipway: BenchSlipway, image: string, rounds: number): Promise<ChangesReport> {
  const raw = await createRaw(image, 'ours');
  const id = await slipway.create();
  const times = Object.fromEntries(verbs.map((verb) => [verb, { raw: [], slipway: [] }])) as unknown as Record<
    Verb,
    Record<'raw' | 'slipway', number[]>
  >;
  for (let index = -1; index < rounds; index += 1) {
    const size = sizeOf(index);
    for (const verb of verbs) {
      const rawTime = await timed(() => raw[verb](size));
      const slipwayTime = await timed(() => slipway.change(id, verb, verb === 'resize' ? { size } : {}));
      // The first round warms up and does not count.
      if (index < 0) continue;
      times[verb].raw.push(rawTime);
      times[verb].slipway.push(slipwayTime);
    }
  }
  await raw.remove();
  await slipway.remove(id);
  const { stop, start, pause, resume, resize } = times;
  return {
    stop: compared(stop.raw, stop.slipway),
    start: compared(start.raw, start.slipway),
    pause: compared(pause.raw, pause.slipway),
    resume: compared(resume.raw, resume.slipway),
    resize: compared(resize.raw, resize.slipway),
  };
}

/**
 * Alternates the size by a fraction of a processor: no setting of the engine depends on that, so both sides change only
 * the container's limits. The first round changes from the size at creation.
 */
function sizeOf(index: number): Size {
  return { ...benchSize, nanoCpus: index % 2 === 0 ? 1_500_000_000 : 1_750_000_000 };
}

/**
 * The rows of the report's table, each with its target: for a start a ratio, for the others at most the overhead of the
 * same run's create.
 */
export function changeRows(changes: ChangesReport, create: Compared): (string | number)[][] {
  return verbs.flatMap((verb) =>
    (['p50', 'p95'] as const).map((share) => {
      const { raw, slipway, ratio, overhead } = changes[verb];
      const target = verb === 'start' ? `${startRatio} x` : `${create.overhead[share]} ms`;
      return [`${verb} ${share}`, raw[share], '', slipway[share], ratio[share], overhead[share], `<= ${target}`];
    }),
  );
}
