/** Runs something while the wall clock of this process is wrong by so many milliseconds. Monotonic clocks stay right. */
export async function withClockOff<T>(byMs: number, run: () => Promise<T>): Promise<T> {
  const RealDate = Date;
  globalThis.Date = class extends RealDate {
    constructor(...parts: []) {
      if (parts.length === 0) super(RealDate.now() + byMs);
      else super(...parts);
    }
    static override now(): number {
      return RealDate.now() + byMs;
    }
    static override [Symbol.hasInstance](value: unknown): boolean {
      return value instanceof RealDate;
    }
  } as DateConstructor;
  try {
    return await run();
  } finally {
    globalThis.Date = RealDate;
  }
}
