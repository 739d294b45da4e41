/** Cases that run concurrently. */
export interface Batch<Case> {
  readonly batch: readonly Case[];
  readonly labels: string;
}

export interface Batching<Case> {
  /** Maximum number of cases in a batch. */
  readonly size: number;
  /** A batch contains only cases for which this is equal. */
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

/** Runs the cases of a batch concurrently, waits for all of them, and reports the reason of every failure. */
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
