interface Repeat {
  readonly value: string;
  readonly firstObservedAt: number;
  reported: boolean;
}

/**
 * What was seen and may pass: it counts from its second sighting on, when that shows the same as every one before and
 * comes at least `confirmAfterMs` after the first. Times are milliseconds of one clock.
 */
export class RepeatTracker {
  readonly #seen = new Map<string, Repeat>();

  constructor(private readonly confirmAfterMs: number) {}

  /** Whether this has been seen before, and long enough ago. */
  observe(key: string, value: string, at: number): boolean {
    const before = this.#seen.get(key);
    if (before?.value === value) return at - before.firstObservedAt >= this.confirmAfterMs;
    this.#seen.set(key, { value, firstObservedAt: at, reported: false });
    return false;
  }

  /** True once for as long as the same is seen: what was said is not said again. */
  reportOnce(key: string): boolean {
    const repeat = this.#seen.get(key);
    if (repeat === undefined || repeat.reported) return false;
    repeat.reported = true;
    return true;
  }

  forget(key: string): void {
    this.#seen.delete(key);
  }

  /** Forgets everything else. */
  retain(keys: ReadonlySet<string>): void {
    for (const key of this.#seen.keys()) if (!keys.has(key)) this.#seen.delete(key);
  }

  get size(): number {
    return this.#seen.size;
  }
}
