interface Sighting {
  readonly what: string;
  readonly firstAt: number;
  told: boolean;
}

/**
 * What was seen and may pass: it counts from its second sighting on, when that shows the same as every one before and
 * comes at least `confirmAfterMs` after the first. Times are milliseconds of one clock.
 */
export class Sightings {
  readonly #seen = new Map<string, Sighting>();

  constructor(private readonly confirmAfterMs: number) {}

  /** Whether this has been seen before, and long enough ago. */
  see(key: string, what: string, at: number): boolean {
    const before = this.#seen.get(key);
    if (before?.what === what) return at - before.firstAt >= this.confirmAfterMs;
    this.#seen.set(key, { what, firstAt: at, told: false });
    return false;
  }

  /** True once for as long as the same is seen: what was said is not said again. */
  tell(key: string): boolean {
    const sighting = this.#seen.get(key);
    if (sighting === undefined || sighting.told) return false;
    sighting.told = true;
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
