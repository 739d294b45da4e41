import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, type Stats } from 'node:fs';
import path from 'node:path';

const root = path.join(__dirname, '..', '..');

/** Folders that are not the source of api and worker; everything else is. */
const others = ['dev', 'dist', 'docs', 'node_modules', 'test'];

/** The folders and files at the root that are the source of api and worker. */
export function sourcePaths(): string[] {
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => (entry.isDirectory() ? !entry.name.startsWith('.') : entry.name.endsWith('.ts')))
    .map(({ name }) => path.join(root, name))
    .filter((file) => !others.includes(path.basename(file)));
}

/** Whether a file is generated, or neither TypeScript nor a migration. */
export function isNoSource(file: string, stats?: Stats): boolean {
  return file.includes(path.join('store', 'generated')) || (stats?.isFile() === true && !/\.(ts|sql)$/.test(file));
}

/** Changes when a source of `dist/` does. */
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
