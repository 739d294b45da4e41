/** Cases that run at once. */
export interface Batch<Case> {
  readonly batch: readonly Case[];
  readonly labels: string;
}

export interface Batching<Case> {
  /** The most cases at once. */
  readonly size: number;
  /** Only those that are alike are in one batch. */
  readonly alike: (one: Case) => string;
  readonly labelOf: (one: Case) => string;
}

export function batchesOf<Case>(cases: readonly Case[], { size, alike, labelOf }: Batching<Case>): Batch<Case>[] {
  return [...new Set(cases.map(alike))].flatMap((kind) => {
    const group = cases.filter((one) => alike(one) === kind);
    return Array.from({ length: Math.ceil(group.length / size) }, (_, index) => {
      const batch = group.slice(index * size, (index + 1) * size);
      return { batch, labels: batch.map(labelOf).join('; ') };
    });
  });
}

/** Runs a batch at once, waits for all of it, and says of every case that failed why. */
export async function expectEach<Case>(
  batch: readonly Case[],
  labelOf: (one: Case) => string,
  run: (one: Case, index: number) => Promise<void>,
): Promise<void> {
  const ends = await Promise.allSettled(batch.map(run));
  const failures = ends.flatMap((end, index) =>
    end.status === 'fulfilled' ? [] : [`${labelOf(batch[index] as Case)}\n${end.reason}`],
  );
  expect(failures).toEqual([]);
}
