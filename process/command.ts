/** What is wrong with the arguments of a command. */
export class UsageError extends Error {}

/** A command of a program that has several, such as `keys` of `slipway`. */
export interface Command {
  /** One line for the list of commands. */
  readonly summary: string;
  readonly usage: string;
  /**
   * Runs it with the arguments after its name. Throws a `UsageError`, or one of `parseArgs`, when they are wrong.
   *
   * @returns the exit code
   */
  run(args: string[]): Promise<number>;
}

export type Commands = Readonly<Record<string, Command>>;

/** EX_USAGE of sysexits.h. */
const usageExitCode = 64;

/** Runs the command that the first argument names. Without a name the list of commands is the output. Never rejects. */
export async function runCommands(
  commands: Commands,
  [name, ...args]: readonly string[],
  failed?: (error: unknown) => number,
): Promise<void> {
  if (name === undefined || isHelp(name)) return print(listOf(commands));
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command !== undefined) return execute(command, args, failed);
  process.exitCode = refuse(`there is no command ${name}`, listOf(commands));
}

/**
 * Runs one command and sets the process's exit code: the command's own; 64, with the usage, when the arguments are
 * wrong; what `failed` returns when it fails. Never rejects.
 */
export async function execute(
  command: Omit<Command, 'summary'>,
  args: readonly string[],
  failed: (error: unknown) => number = writeMessage,
): Promise<void> {
  const usage = `${command.usage}\n`;
  if (args[0] !== undefined && isHelp(args[0])) return print(usage);
  try {
    process.exitCode = await command.run([...args]);
  } catch (error) {
    process.exitCode = isUsageError(error) ? refuse(error.message, usage) : failed(error);
  }
}

/** A line for every command. */
function listOf(commands: Commands): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  return Object.entries(commands)
    .map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}\n`)
    .join('');
}

function isHelp(argument: string): boolean {
  return ['help', '--help', '-h'].includes(argument);
}

function print(text: string): void {
  process.stdout.write(text);
}

function refuse(reason: string, usage: string): number {
  process.stderr.write(`${reason}\n${usage}`);
  return usageExitCode;
}

function writeMessage(error: unknown): number {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  return 1;
}

/** Ours, or one of `parseArgs`. */
function isUsageError(error: unknown): error is Error {
  const { code = '' } = Object(error) as { code?: string };
  return error instanceof UsageError || code.startsWith('ERR_PARSE_ARGS');
}
