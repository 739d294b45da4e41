const intervalMs = 500;

/** Samples a process's memory from now on. */
export function watchMemory(residentBytes: () => number): {
  /**
   * Stops sampling. @returns the medians of the second quarter of the time, when everything is warm, and of the last
   */
  stop(): { readonly early: number; readonly late: number };
} {
  const seen: number[] = [];
  const timer = setInterval(() => seen.push(residentBytes()), intervalMs);
  return {
    stop() {
      clearInterval(timer);
      const quarter = Math.floor(seen.length / 4);
      return { early: median(seen.slice(quarter, 2 * quarter)), late: median(seen.slice(-quarter)) };
    },
  };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
