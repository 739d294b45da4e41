import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.join(__dirname, '..', '..');
const eslint = path.join(root, 'node_modules', 'eslint', 'bin', 'eslint.js');
const file = path.join('domain', 'states.ts');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'slipway-lint-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** A project of the one file, since the types of all files take most of the time. Returns the path of its settings. */
async function projectOfFile(): Promise<string> {
  const project = path.join(folder, 'tsconfig.json');
  const compilerOptions = { rootDir: root, typeRoots: [path.join(root, 'node_modules', '@types')] };
  const settings = {
    extends: path.join(root, 'tsconfig.json'),
    compilerOptions,
    files: [path.join(root, file)],
    include: [],
  };
  await writeFile(project, JSON.stringify(settings));
  return project;
}

/** What ESLint finds in the file with this added to its end; by a process of its own, as it is an ES module. */
async function findingsWith(addition: string): Promise<string[]> {
  const text = `${await readFile(path.join(root, file), 'utf8')}\n${addition}`;
  const types = ['--parser-options', 'projectService:false', '--parser-options', `project:${await projectOfFile()}`];
  const args = [eslint, '--stdin', '--stdin-filename', file, '--format', 'json', ...types];
  // In a single run, as ESLint takes this for, the parser reads the file instead of the text on stdin.
  const env = { ...process.env, TSESTREE_SINGLE_RUN: 'false' };
  const output = await new Promise<string>((resolve, reject) => {
    const child = execFile(process.execPath, args, { cwd: root, env }, (error, stdout, stderr) => {
      if (stdout === '') reject(error ?? new Error(stderr));
      else resolve(stdout);
    });
    child.stdin?.end(text);
  });
  const [result] = JSON.parse(output) as { messages: { ruleId: string }[] }[];
  return (result?.messages ?? []).map(({ ruleId }) => ruleId);
}

test('a switch that leaves a state out, a promise that nobody waits for and an empty catch do not pass (A28, B03)', async () => {
  const findings = await findingsWith(`export function isUp(state: ObservedState): boolean {
  Promise.resolve();
  try {
    currentStatus(null);
  } catch {}
  switch (state) {
    case 'healthy':
      return true;
    case 'unhealthy':
      return false;
  }
  return false;
}
`);
  expect(findings).toEqual([
    '@typescript-eslint/no-floating-promises',
    'no-empty',
    '@typescript-eslint/switch-exhaustiveness-check',
  ]);
});
