import os from 'node:os';
import { performance } from 'node:perf_hooks';

/** A setup error, with the next thing to try. */
export class SetupError extends Error {
  override readonly name = 'SetupError';

  constructor(
    message: string,
    readonly next: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A signal arrived before a command had finished its work. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';

  constructor(readonly signal: NodeJS.Signals) {
    super(`interrupted by ${signal}`);
  }
}

/** A stage that takes longer is announced before it ends. */
const announceAfterMs = 2_000;

/** Runs one stage and shows it with its time and its notes. Writes to stderr: stdout is for results. */
export async function stage<T>(name: string, run: (note: (text: string) => void) => Promise<T>): Promise<T> {
  const started = performance.now();
  const notes: string[] = [];
  const announcement = setTimeout(() => process.stderr.write(`… ${name}\n`), announceAfterMs);
  try {
    const result = await run((text) => notes.push(text));
    show('✓', name, started, notes);
    return result;
  } catch (error) {
    show('✗', name, started, notes);
    throw error;
  } finally {
    clearTimeout(announcement);
  }
}

function show(mark: string, name: string, started: number, notes: readonly string[]): void {
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stderr.write(`${mark} ${name} (${seconds} s)${notes.length === 0 ? '' : `: ${notes.join('; ')}`}\n`);
}

/** Shows the time since this process began, the bootstrap included. */
export function showReady(): void {
  process.stderr.write(`✓ ready after ${durationText(performance.now())}\n`);
}

/** Such as `8.3 s` or `2 min 12 s`. */
export function durationText(milliseconds: number): string {
  if (milliseconds < 59_950) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** Prints an error, its causes and the next thing to try. */
export function explain(error: unknown): void {
  const lines = [`✗ ${error instanceof Error ? error.message : String(error)}`];
  for (let cause = error instanceof Error ? error.cause : undefined; cause instanceof Error; cause = cause.cause) {
    lines.push(`  because: ${cause.message}`);
  }
  if (error instanceof SetupError) lines.push(`  next: ${error.next}`);
  else if (error instanceof Error && error.stack !== undefined && !(error instanceof Interrupted)) {
    lines.push(error.stack);
  }
  process.stderr.write(`${lines.join('\n')}\n`);
}

/** Runs a command and ends the process: with 0, or with an explanation and the exit code of the error. */
export function runCommand(main: () => Promise<void>): void {
  main().then(
    () => process.exit(0),
    (error: unknown) => process.exit(failed(error)),
  );
}

/** Explains an error. @returns its exit code: 1, or 128 and the number of the signal that interrupted */
export function failed(error: unknown): number {
  explain(error);
  return error instanceof Interrupted ? 128 + os.constants.signals[error.signal] : 1;
}
