import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describedRoutes } from '../../api/openapi/described';
import { documentOf } from '../../api/openapi/document';
import { configurationPage } from './configuration-page';

const root = path.join(__dirname, '..', '..');

/** The committed files that are generated from the code, and their contents. */
const documents = {
  'docs/openapi.json': () => `${JSON.stringify(documentOf(describedRoutes()), null, 2)}\n`,
  'docs/configuration.md': configurationPage,
} as const;

/** The documents that differ from what the code generates. */
export function staleDocuments(): string[] {
  return Object.entries(documents).flatMap(([file, generate]) =>
    readFileSync(path.join(root, file), 'utf8') === generate() ? [] : [file],
  );
}

export function writeDocuments(): void {
  for (const [file, generate] of Object.entries(documents)) writeFileSync(path.join(root, file), generate());
}
