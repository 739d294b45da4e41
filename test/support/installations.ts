import { randomBytes } from 'node:crypto';
import { appendFileSync } from 'node:fs';

/**
 * A new installation id for a test file without a store: every object with its label belongs to that file. Tests of
 * objects of another installation use the labels of `<installation>-other`.
 */
export function newInstallation(): string {
  const installation = `test-${randomBytes(4).toString('hex')}`;
  for (const id of [installation, `${installation}-other`]) recordInstallation(id);
  return installation;
}

/** Records an installation for the test run, which fails if any of its objects are left on the Docker engine. */
export function recordInstallation(id: string): void {
  const file = process.env.SLIPWAY_TEST_INSTALLATIONS;
  if (file !== undefined) appendFileSync(file, `${id}\n`);
}
