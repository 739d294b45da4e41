import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { SetupError } from '../machine/stages';

const port = z.int().min(1).max(65535);

const schema = z.strictObject({
  version: z.string().regex(/^\d+\.\d+\.\d+$/),
  // Loopback only: a dev server gives every client full control.
  address: z.literal('127.0.0.1'),
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

const file = path.join(__dirname, '..', '..', 'temporal-dev.yaml');

export async function readTemporalConfig(): Promise<TemporalConfig> {
  return parseTemporalConfig(await readFile(file, 'utf8'));
}

/** Throws with every invalid field. */
export function parseTemporalConfig(text: string): TemporalConfig {
  const result = schema.safeParse(valueOf(text));
  if (result.success) return result.data;
  throw refused(z.prettifyError(result.error));
}

function valueOf(text: string): unknown {
  try {
    return parse(text);
  } catch (cause) {
    throw refused('it is not YAML', { cause });
  }
}

function refused(reason: string, options?: ErrorOptions): SetupError {
  return new SetupError(`temporal-dev.yaml is refused:\n${reason}`, `correct ${file}`, options);
}

/** The flags of `temporal server start-dev`, the only way to set its dynamic configuration. */
export function serverFlags(
  config: TemporalConfig,
  ports: { readonly port: number; readonly uiPort: number },
  dataFile: string,
): string[] {
  return [
    ...['server', 'start-dev', '--ip', config.address, '--port', String(ports.port), '--ui-port', String(ports.uiPort)],
    ...['--namespace', config.namespace, '--db-filename', dataFile, '--log-level', 'warn', '--ui-disable-news-fetch'],
    ...flags('--sqlite-pragma', config.sqlitePragmas, String),
    ...flags('--search-attribute', config.searchAttributes, String),
    ...flags('--dynamic-config-value', config.dynamicConfig, JSON.stringify),
  ];
}

function flags<Value>(flag: string, values: Readonly<Record<string, Value>>, show: (value: Value) => string): string[] {
  return Object.entries(values).flatMap(([name, value]) => [flag, `${name}=${show(value)}`]);
}
