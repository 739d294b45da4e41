import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, type Stats } from 'node:fs';
import path from 'node:path';

const root = path.join(__dirname, '..', '..');

/** What api and worker are not made of. Anything that is not named is taken for their source. */
const others = ['dev', 'dist', 'docs', 'node_modules', 'test'];

/** The folders and files at the root that api and worker are made of. */
export function sourcePaths(): string[] {
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => (entry.isDirectory() ? !entry.name.startsWith('.') : entry.name.endsWith('.ts')))
    .map(({ name }) => path.join(root, name))
    .filter((file) => !others.includes(path.basename(file)));
}

/** Whether a file is neither TypeScript nor a migration, or was generated. */
export function isNoSource(file: string, stats?: Stats): boolean {
  return file.includes(path.join('store', 'generated')) || (stats?.isFile() === true && !/\.(ts|sql)$/.test(file));
}

/** Changes when what `dist/` is made of does. */
export function sourceDigest(): string {
  const settings = ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json'].map((name) => path.join(root, name));
  const hash = createHash('sha256');
  for (const file of [...settings, ...sourcePaths().flatMap(filesOf)].sort()) {
    hash.update(file).update('\0').update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}

function filesOf(file: string): string[] {
  if (file.endsWith('.ts')) return [file];
  return readdirSync(file, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|sql|prisma|toml)$/.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name));
}
