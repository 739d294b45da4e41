import { performance } from 'node:perf_hooks';

/** What went wrong in setting up, and what to try next. */
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

/** Runs one stage and shows it with its time; `note` may say what was found. Shown on stderr: stdout is for results. */
export async function stage<T>(name: string, run: (note: (text: string) => void) => Promise<T>): Promise<T> {
  const started = performance.now();
  const notes: string[] = [];
  try {
    const result = await run((text) => notes.push(text));
    show('✓', name, started, notes);
    return result;
  } catch (error) {
    show('✗', name, started, notes);
    throw error;
  }
}

function show(mark: string, name: string, started: number, notes: readonly string[]): void {
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stderr.write(`${mark} ${name} (${seconds} s)${notes.length === 0 ? '' : `: ${notes.join('; ')}`}\n`);
}

/** Ends a command with the cause of an error and the next thing to try. */
export function explain(error: unknown): void {
  const lines = [`✗ ${error instanceof Error ? error.message : String(error)}`];
  for (let cause = error instanceof Error ? error.cause : undefined; cause instanceof Error; cause = cause.cause) {
    lines.push(`  because: ${cause.message}`);
  }
  if (error instanceof SetupError) lines.push(`  next: ${error.next}`);
  else if (error instanceof Error && error.stack !== undefined) lines.push(error.stack);
  process.stderr.write(`${lines.join('\n')}\n`);
}
