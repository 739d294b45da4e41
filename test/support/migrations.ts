import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

const shipped = path.join(__dirname, '..', '..', 'prisma', 'migrations');

/** The files of a migration, by name. */
export type MigrationFiles = Readonly<Record<string, string>>;

/** A folder with the program's migrations and later ones. */
export interface MigrationsFolder {
  readonly path: string;
  remove(): Promise<void>;
}

/** @param later migrations by name; their names must sort after the program's */
export async function migrationsWith(later: Readonly<Record<string, MigrationFiles>>): Promise<MigrationsFolder> {
  const folder = await mkdtemp(path.join(tmpdir(), 'slipway-migrations-'));
  await cp(shipped, folder, { recursive: true });
  for (const [name, files] of Object.entries(later)) {
    await mkdir(path.join(folder, name));
    for (const [file, sql] of Object.entries(files)) await writeFile(path.join(folder, name, file), sql);
  }
  return { path: folder, remove: () => rm(folder, { recursive: true }) };
}
