import { DatabaseError } from '../errors';
import type { Size } from '../spec';
import type { Binding } from './pins';
import { type Applied, find, type Resource, type ServerResource } from './resources';
import { needsRestart } from './restart-settings';

/** How the engine of a server gets its wanted settings. */
export type SettingsChange = 'none' | 'reload' | 'restart';

export function isSameSize(one: Size, other: Size): boolean {
  return one.nanoCpus === other.nanoCpus && one.memoryBytes === other.memoryBytes;
}

/** Whether a container is published where it should be, as far as both are known. */
export function isPublishedAs(present: Binding | undefined, wanted: Binding | undefined): boolean {
  if (present === undefined || wanted === undefined) return true;
  return present.address === wanted.address && present.port === wanted.port;
}

/** @param applied the settings last applied to the engine; nothing is compared if none are on record */
export function settingsChange(
  present: ServerResource,
  applied: Applied | undefined,
  wanted: ServerResource,
): SettingsChange {
  if (applied === undefined) return 'none';
  // An interrupted change: the engine may have the old or the new settings until it restarts.
  if (applied.settings === null) return 'restart';
  if (changedSettings(applied, wanted).length === 0) return 'none';
  return settingsToRestart(present, applied, wanted).length > 0 ? 'restart' : 'reload';
}

/** The names of changed settings that need a restart: as the engine says or, if it was not queried, as the table does. */
export function settingsToRestart({ engine }: ServerResource, applied: Applied, wanted: ServerResource): string[] {
  return changedSettings(applied, wanted).filter((name) =>
    engine === undefined ? needsRestart(name, wanted.template?.version ?? '') : engine.restartSettings.includes(name),
  );
}

/** The names of settings that differ from those applied; a removed setting returns to its default. */
export function changedSettings({ settings }: Applied, { template }: ServerResource): string[] {
  const [from, to] = [settings ?? {}, template?.settings ?? {}];
  return [...new Set([...Object.keys(from), ...Object.keys(to)])].filter((name) => from[name] !== to[name]).sort();
}

/** The wanted servers whose engine has run before, and whose container does not exist. */
export function missingServers(current: readonly Resource[], wanted: readonly Resource[]): ServerResource[] {
  return wanted.filter(
    (one): one is ServerResource =>
      one.kind === 'server' && one.template?.initialized === true && find(current, one) === undefined,
  );
}

/** Throws `size_in_use` when a server now uses more memory than its wanted limit. */
export function requireRoom(current: readonly Resource[], wanted: readonly Resource[]): void {
  for (const server of wanted) {
    if (server.kind !== 'server') continue;
    const present = current.find(({ kind, name }) => kind === 'server' && name === server.name);
    const used = present?.kind === 'server' ? (present.engine?.memoryUsedBytes ?? 0) : 0;
    const { memoryBytes } = server.limits;
    if (used <= memoryBytes) continue;
    const message = `${server.name} uses ${used} bytes of memory; the requested size has ${memoryBytes}`;
    throw new DatabaseError('size_in_use', message, { memoryUsedBytes: used, memoryBytes });
  }
}
