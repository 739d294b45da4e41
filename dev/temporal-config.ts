import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

const port = z.int().min(1).max(65535);

const schema = z.strictObject({
  version: z.string().regex(/^\d+\.\d+\.\d+$/),
  address: z.ipv4(),
  port,
  uiPort: port,
  namespace: z.string().min(1),
  retention: z.string().regex(/^\d+h$/, 'expected hours such as 168h'),
  searchAttributes: z.record(
    z.string(),
    z.enum(['Keyword', 'Text', 'Int', 'Double', 'Bool', 'Datetime', 'KeywordList']),
  ),
  sqlitePragmas: z.record(z.string(), z.string()),
  dynamicConfig: z.record(z.string(), z.union([z.boolean(), z.number(), z.string()])),
});

/** The Temporal dev server as `temporal-dev.yaml` describes it. */
export type TemporalConfig = z.output<typeof schema>;

/** Throws with every field that is wrong. */
export async function readTemporalConfig(): Promise<TemporalConfig> {
  const file = path.join(__dirname, '..', 'temporal-dev.yaml');
  const result = schema.safeParse(parse(await readFile(file, 'utf8')));
  if (result.success) return result.data;
  throw new Error(`temporal-dev.yaml is refused:\n${z.prettifyError(result.error)}`);
}

/** The flags of `temporal server start-dev`; dynamic configuration has no other way in. */
export function serverFlags(
  config: TemporalConfig,
  ports: { readonly port: number; readonly uiPort: number },
  dataFile: string,
): string[] {
  return [
    ...['server', 'start-dev', '--ip', config.address, '--port', String(ports.port), '--ui-port', String(ports.uiPort)],
    ...['--namespace', config.namespace, '--db-filename', dataFile, '--log-level', 'warn', '--ui-disable-news-fetch'],
    ...pairs(config.sqlitePragmas).flatMap((pair) => ['--sqlite-pragma', pair]),
    ...pairs(config.searchAttributes).flatMap((pair) => ['--search-attribute', pair]),
    ...pairs(config.dynamicConfig).flatMap((pair) => ['--dynamic-config-value', pair]),
  ];
}

/** `name=value`, the value as JSON where the server parses it as such. */
function pairs(values: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(values).map(
    ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
}
