import path from 'node:path';
import { run } from './machine/command';
import { runCommand, stage } from './machine/stages';

const root = path.join(__dirname, '..');

/** What can be said of the code without running it: types, format, lint, import arrows. */
const checks = {
  types: ['typescript/bin/tsc', '--noEmit', '-p', '.'],
  'format and lint (Biome)': ['@biomejs/biome/bin/biome', 'ci', '--colors=off', '.'],
  'promises and exhaustiveness (ESLint)': ['eslint/bin/eslint.js', '.', '--max-warnings=0'],
  'import arrows': ['jest/bin/jest.js', 'test/architecture.test.ts'],
} as const;

async function main(): Promise<void> {
  let failed = false;
  for (const [name, [script, ...args]] of Object.entries(checks)) {
    const program = path.join(root, 'node_modules', script);
    try {
      await stage(name, () => run(process.execPath, [program, ...args], { cwd: root }));
    } catch (error) {
      failed = true;
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    }
  }
  if (failed) process.exit(1);
}

runCommand(main);
