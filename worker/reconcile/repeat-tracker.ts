interface Repeat {
  readonly value: string;
  readonly firstObservedAt: number;
  reported: boolean;
}

/**
 * Confirms observations that may be transient: an observation counts once the same value was observed before, without
 * another in between, at least `confirmAfterMs` ago. Times are milliseconds of one clock.
 */
export class RepeatTracker {
  readonly #seen = new Map<string, Repeat>();

  constructor(private readonly confirmAfterMs: number) {}

  /** Whether this value was first observed long enough ago. */
  observe(key: string, value: string, at: number): boolean {
    const before = this.#seen.get(key);
    if (before?.value === value) return at - before.firstObservedAt >= this.confirmAfterMs;
    this.#seen.set(key, { value, firstObservedAt: at, reported: false });
    return false;
  }

  /** True once for each value, so that it is reported once. */
  reportOnce(key: string): boolean {
    const repeat = this.#seen.get(key);
    if (repeat === undefined || repeat.reported) return false;
    repeat.reported = true;
    return true;
  }

  forget(key: string): void {
    this.#seen.delete(key);
  }

  /** Forgets all other keys. */
  retain(keys: ReadonlySet<string>): void {
    for (const key of this.#seen.keys()) if (!keys.has(key)) this.#seen.delete(key);
  }

  keys(): Iterable<string> {
    return this.#seen.keys();
  }

  get size(): number {
    return this.#seen.size;
  }
}
