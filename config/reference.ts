import { apiProgram, workerProgram } from './config';
import type { Group } from './group';
import type { Environment } from './program';
import type { Setting } from './setting';

type ProgramName = 'API' | 'worker';

/** A setting with its place in the reference and its readers. */
export interface KnownSetting extends Setting {
  readonly section: string;
  readonly readBy: readonly ProgramName[];
  /** Whether its readers refuse to start without it. */
  readonly isRequired: boolean;
}

/** Every setting of API and worker. */
export function knownSettings(): KnownSetting[] {
  const readers = new Map<Group, ProgramName[]>();
  for (const group of apiProgram.groups) readers.set(group, ['API']);
  for (const group of workerProgram.groups) readers.set(group, [...(readers.get(group) ?? []), 'worker']);
  return [...readers].flatMap(([{ title, settings }, readBy]) =>
    settings.map((setting) => ({ ...setting, section: title, readBy, isRequired: isRequired(setting) })),
  );
}

function isRequired({ fallback, schema }: Setting): boolean {
  return fallback === null && !schema.safeParse(undefined).success;
}

/** Read by the scripts of a developer's machine (`dev/`). */
const developmentNames = [
  'SLIPWAY_HOME',
  'SLIPWAY_STORE_PORT',
  'SLIPWAY_TEMPORAL_PORT',
  'SLIPWAY_TEMPORAL_UI_PORT',
  'SLIPWAY_TEMPORAL_BIN',
];

/** The variables with our prefix that nothing reads: most likely typing errors. */
export function unknownSettings(environment: Environment): string[] {
  const names = knownSettings().flatMap(({ name, isSecret }) => (isSecret ? [name, `${name}_FILE`] : [name]));
  const known = new Set([...names, ...developmentNames]);
  return Object.keys(environment)
    .filter((name) => name.startsWith('SLIPWAY_') && !name.startsWith('SLIPWAY_TEST_') && !known.has(name))
    .sort();
}
