import { randomBytes } from 'node:crypto';
import { appendFileSync } from 'node:fs';

/**
 * The installation of one test file without a store: everything with its label is the file's own. What refuses another
 * installation is tried with the labels of `<installation>-other`.
 */
export function newInstallation(): string {
  const installation = `test-${randomBytes(4).toString('hex')}`;
  for (const id of [installation, `${installation}-other`]) recordInstallation(id);
  return installation;
}

/** Lets the run know an installation: it fails when anything of that is left on the Docker engine. */
export function recordInstallation(id: string): void {
  const file = process.env.SLIPWAY_TEST_INSTALLATIONS;
  if (file !== undefined) appendFileSync(file, `${id}\n`);
}
