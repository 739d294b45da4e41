import type { Call, FileSpec } from '../containers/backend';
import { DatabaseError } from '../domain/errors';
import { installationLabels } from '../domain/names';
import type { Resource, VolumeUse } from '../domain/planning/resources';
import { layoutOf } from '../postgres/layout';
import { newVolumeFile, usedFile, useLookOf, useOf } from '../postgres/volume';
import type { HostDependencies } from './host-ports';
import type { StepTask } from './types';

/** What volumes say about themselves, for the activities on their host. */
export function createVolumeUse({ backend, installation }: Pick<HostDependencies, 'backend' | 'installation'>) {
  async function look(volume: string, call: Call): Promise<VolumeUse> {
    return useOf(await backend.peekVolume(useLookOf(volume, installationLabels(installation)), call));
  }

  return {
    /** Adds to each volume whether it is used. */
    async withUse(resources: readonly Resource[], call: Call): Promise<Resource[]> {
      return Promise.all(
        resources.map(async (resource) =>
          resource.kind === 'volume' ? { ...resource, used: await look(resource.name, call) } : resource,
        ),
      );
    },

    /**
     * The files that a volume gets before an engine starts on it. A volume that holds something never looks unused
     * afterwards; one without a plan that marks it in the end gets none, and its data directory says that it is used.
     */
    async filesFor(
      { operationId, with: { template, marksUse } }: StepTask<'ensureServer'> | StepTask<'createServer'>,
      call: Call,
    ): Promise<FileSpec[]> {
      if (template.initialized) return [usedFile(operationId)];
      if (marksUse !== true) return [];
      const isUnused = (await look(template.volumeName, call)) === 'no';
      return [isUnused ? newVolumeFile(operationId) : usedFile(operationId)];
    },

    /** Marks the volume of a server as used. */
    async mark({ operationId, with: { name, version } }: StepTask<'markUsed'>, call: Call): Promise<void> {
      await backend.putFiles(name, layoutOf(version).mountPath, [usedFile(operationId)], call);
    },

    /** Throws `volume_has_data` if a volume that exists is used, or cannot be read. */
    async requireUnused(volume: string, call: Call): Promise<void> {
      const used = await look(volume, call);
      if (used === 'no') return;
      const reason = used === 'yes' ? 'has been in use' : 'cannot be read';
      throw new DatabaseError('volume_has_data', `volume ${volume} ${reason}; it was not removed`, {
        resource: volume,
      });
    },
  };
}
