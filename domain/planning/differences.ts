import { DatabaseError } from '../errors';
import type { Size } from '../spec';
import type { Applied, Resource, ServerResource } from './resources';

/** What it takes for a server's engine to have the settings that are wanted. */
export type SettingsChange = 'none' | 'reload' | 'restart';

export function isSameSize(one: Size, other: Size): boolean {
  return one.nanoCpus === other.nanoCpus && one.memoryBytes === other.memoryBytes;
}

/** @param applied what the engine was told last; where nobody knows that there was anything, nothing is compared */
export function settingsChange(
  present: ServerResource,
  applied: Applied | undefined,
  wanted: ServerResource,
): SettingsChange {
  if (applied === undefined) return 'none';
  // A change that was cut off: which of both the engine has is not known, and after a restart it is.
  if (applied.settings === null) return 'restart';
  if (changedSettings(applied, wanted).length === 0) return 'none';
  return settingsToRestart(present, applied, wanted).length > 0 ? 'restart' : 'reload';
}

/** The settings that a server's engine takes up only by a restart, by name; all that change, if it could not be asked. */
export function settingsToRestart({ engine }: ServerResource, applied: Applied, wanted: ServerResource): string[] {
  const changed = changedSettings(applied, wanted);
  return engine === undefined ? changed : changed.filter((name) => engine.restartSettings.includes(name));
}

/** The settings that are not as they were, by name; one that is no longer set goes back to its default. */
export function changedSettings({ settings }: Applied, { template }: ServerResource): string[] {
  const [from, to] = [settings ?? {}, template?.settings ?? {}];
  return [...new Set([...Object.keys(from), ...Object.keys(to)])].filter((name) => from[name] !== to[name]).sort();
}

/** Throws `size_in_use` when a server uses more memory now than it is to have. */
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
