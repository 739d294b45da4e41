import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type Command, UsageError } from '../../process/command';
import { type Accepted, judge } from '../mutation/accepted';
import { examine, type Verdict } from '../mutation/examine';

const root = path.join(__dirname, '..', '..');
const acceptedFile = path.join('dev', 'mutation', 'accepted.json');

const usage = `mutation [--processes 2] [FILE or FOLDER below domain]

Makes one small change after another and runs the tests of test/domain that load the changed file. A mutant that no test
notices is printed, and fails the run unless ${acceptedFile} gives a reason for it.`;

/** @returns 1 for a survivor that is not accepted, or an accepted one that is not a survivor */
async function run(args: string[]): Promise<number> {
  const { positionals, values } = parseArgs({
    args,
    allowPositionals: true,
    options: { processes: { type: 'string', default: '2' } },
  });
  const files = (positionals.length === 0 ? ['domain'] : positionals).flatMap(sourcesBelow);
  const tests = filesBelow(path.join('test', 'domain')).filter((file) => file.endsWith('.test.ts'));
  const verdicts = await examine({ root, files, tests, processes: Number(values.processes), progress });
  const accepted = JSON.parse(readFileSync(path.join(root, acceptedFile), 'utf8')) as Accepted[];
  const { survivors, stale } = judge(verdicts, accepted, files);
  for (const { file, line, original, mutant } of survivors) print(`${file}:${line}: ${original} → ${mutant}`);
  for (const { file, original, mutant } of stale)
    print(`${acceptedFile}: no survivor ${file}: ${original} → ${mutant}`);
  for (const line of scoresOf(verdicts)) print(line);
  return survivors.length + stale.length === 0 ? 0 : 1;
}

/** A line for each folder, with its mutants and how many of them the tests kill. */
function scoresOf(verdicts: readonly Verdict[]): string[] {
  const folders = [...new Set(verdicts.map(({ file }) => path.dirname(file)))];
  return [...folders, 'in all'].map((folder) => {
    const own = verdicts.filter(({ file }) => folder === 'in all' || path.dirname(file) === folder);
    const killed = own.filter(({ isKilled }) => isKilled).length;
    return `${folder}: ${killed} of ${own.length} killed (${((100 * killed) / own.length).toFixed(1)} %)`;
  });
}

function sourcesBelow(name: string): string[] {
  const place = path.relative(root, path.resolve(root, name));
  if (!/^domain($|\/)/.test(place)) throw new UsageError(`${name}: expected a file or folder below domain`);
  return statSync(path.join(root, place)).isFile() ? [place] : filesBelow(place).filter((file) => file.endsWith('.ts'));
}

function filesBelow(folder: string): string[] {
  const entries = readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' });
  return entries.map((entry) => path.join(folder, entry)).sort();
}

function progress(done: number, all: number): void {
  if (done % 100 === 0) process.stderr.write(`${done} of ${all} mutants\n`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

export const mutation: Command = { summary: 'test the tests of domain with small defects', usage, run };
