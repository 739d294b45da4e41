import path from 'node:path';
import { parseArgs } from 'node:util';
import { execute } from '../process/command';
import { run } from './machine/command';
import { failed, stage } from './machine/stages';

const root = path.join(__dirname, '..');

/** Runs a program of node_modules. */
const program = (script: string, ...args: string[]) =>
  run(process.execPath, [path.join(root, 'node_modules', script), ...args], { cwd: root });

/** Checks of the code that do not run it. */
const checks: Readonly<Record<string, () => Promise<unknown>>> = {
  types: () => program('typescript/bin/tsc', '--noEmit', '-p', '.'),
  'format and lint (Biome)': () => program('@biomejs/biome/bin/biome', 'ci', '--colors=off', '.'),
  'promises and exhaustiveness (ESLint)': () => program('eslint/bin/eslint.js', '.', '--max-warnings=0'),
  'import arrows': () => program('jest/bin/jest.js', 'test/architecture.test.ts'),
  'generated documents': requireCurrentDocuments,
};

/** Loaded only when needed: the other checks must be able to report code that does not load. */
const documents = () => require('./build/documents') as typeof import('./build/documents');

async function requireCurrentDocuments(): Promise<void> {
  const stale = documents().staleDocuments();
  if (stale.length > 0) throw new Error(`out of date: ${stale.join(', ')}; run npm run check -- --fix`);
}

async function fix(): Promise<void> {
  documents().writeDocuments();
  await program('@biomejs/biome/bin/biome', 'check', '--write', '--colors=off', '.');
}

/** Runs every check, even if others fail. */
async function check(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { fix: { type: 'boolean', default: false } } });
  if (values.fix) await stage('generate documents and format', fix);
  let exitCode = 0;
  for (const [name, run] of Object.entries(checks)) {
    try {
      await stage(name, run);
    } catch (error) {
      exitCode = 1;
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    }
  }
  return exitCode;
}

const usage = `check [--fix]
  --fix  first regenerate docs/openapi.json and docs/configuration.md, and format with Biome`;

void execute({ usage, run: check }, process.argv.slice(2), failed).then(() => process.exit());
