import type { FileSpec, PeekResult, VolumePeek } from '../containers/backend';
import type { VolumeUse } from '../domain/planning/resources';

/**
 * Files in which a volume says about itself whether it may hold data, so that this does not depend on records, which
 * may be older than the volume. `volume` is written before an engine starts on a new volume, and `used` before anybody
 * can have stored something in it; nothing removes them.
 */
const paths = { folder: 'slipway', used: 'slipway/used', volume: 'slipway/volume', data: 'pgdata' } as const;

/** What a volume may contain that is no data: entries that exist before a data directory does. */
const beforeData = [
  paths.folder,
  ...['lock', 'postgresql.conf', 'pg_hba.conf', 'initialize', 'pgdata.new', 'lost+found'],
];

/** The look that decides whether a volume is used: the first of these paths decides. */
export function useLookOf(name: string, labels: VolumePeek['labels']): VolumePeek {
  return { name, labels, paths: [paths.used, paths.volume, paths.data], ignored: beforeData };
}

/**
 * Whether a volume may hold somebody's data. One with a data directory and no file of ours is from an earlier version,
 * and used; so is one with anything that is not ours.
 */
export function useOf(result: PeekResult): VolumeUse {
  if (result === 'unreadable') return 'unknown';
  return result.path === null || result.path === paths.volume ? 'no' : 'yes';
}

/** Says that an engine is about to start on a volume that nobody has used. */
export function newVolumeFile(operationId: string): FileSpec {
  return { name: paths.volume, content: `format 2\noperation ${operationId}\n`, mode: 0o644 };
}

/** Says that somebody may have data in the volume. */
export function usedFile(operationId: string): FileSpec {
  return { name: paths.used, content: `operation ${operationId}\n`, mode: 0o644 };
}
