import type { Executor } from './executor';

/**
 * The time by the store's clock. Every age that decides something is between two of its readings, as the clocks of API
 * and workers may be wrong. It is later than the end of any wait of the transaction for a lock.
 */
export async function storeTime(executor: Executor): Promise<Date> {
  const [row] = await executor.$queryRaw<[{ at: Date }]>`SELECT clock_timestamp() AS at`;
  return row.at;
}
