/** What is wrong with the arguments of a command. */
export class UsageError extends Error {}

/**
 * Carries out a command of an operator, and sets the process's exit code: what `run` resolves to; 64 (EX_USAGE of
 * sysexits.h), with the usage, when the arguments are wrong; 1 when it fails. Never rejects.
 */
export async function runCommand(usage: string, run: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await run();
  } catch (error) {
    const isUsage = isUsageError(error);
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    if (isUsage) process.stderr.write(`${usage}\n`);
    process.exitCode = isUsage ? 64 : 1;
  }
}

/** Ours, or one of `parseArgs`. */
function isUsageError(error: unknown): boolean {
  const { code = '' } = Object(error) as { code?: string };
  return error instanceof UsageError || code.startsWith('ERR_PARSE_ARGS');
}
