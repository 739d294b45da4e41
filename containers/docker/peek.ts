import type { Readable } from 'node:stream';
import { extract } from 'tar-stream';
import { DatabaseError } from '../../domain/errors';
import type { Backend, Call, PeekResult, VolumePeek } from '../backend';
import type { Engine } from './engine';
import type { Volumes } from './volumes';

/** A container through which a volume can be read. */
interface Window {
  readonly containerId: string;
  readonly mountPath: string;
}

/** Where a container that was created for a look mounts the volume: a path that no image has. */
const peekPath = '/slipway-volume';

/** Reads volumes as archives of containers, which Docker serves whether or not a container runs. */
export function createPeek(
  { docker, ask, find, change }: Engine,
  volumes: Pick<Volumes, 'inspect'>,
): Pick<Backend, 'peekVolume'> {
  /** Prefers the container of an earlier look, which a crash has left behind, so that it is removed. */
  async function windowInto(volume: string, call?: Call): Promise<Window | null> {
    const users = await ask(`list the containers that mount volume ${volume}`, call, (abortSignal) =>
      docker.listContainers({ all: true, filters: { volume: [volume] }, abortSignal }),
    );
    const windows = users.flatMap(({ Id: containerId, Mounts: mounts }) =>
      mounts
        .filter(({ Name: name }) => name === volume)
        .map(({ Destination: mountPath }): Window => ({ containerId, mountPath })),
    );
    return windows.find(isOurs) ?? windows[0] ?? null;
  }

  /** Creates a container that is never started, from any image of the host; null if there is none. */
  async function createWindow({ name, labels }: VolumePeek, call?: Call): Promise<Window | null> {
    const [image] = await ask('list images', call, (abortSignal) => docker.listImages({ abortSignal } as object));
    if (image === undefined) return null;
    const body = {
      Image: image.Id,
      Entrypoint: ['-'],
      Labels: { ...labels },
      HostConfig: {
        NetworkMode: 'none',
        // Without `NoCopy`, Docker could fill an empty volume from the image.
        Mounts: [{ Type: 'volume', Source: name, Target: peekPath, VolumeOptions: { NoCopy: true } }],
      },
    };
    await change(
      `create a container to look into volume ${name}`,
      call,
      (abortSignal) => docker.createContainer({ _query: { name: `${name}-peek` }, _body: body, abortSignal } as object),
      async () => (await windowInto(name, call)) !== null,
    );
    return windowInto(name, call);
  }

  async function close({ containerId }: Window): Promise<void> {
    const container = docker.getContainer(containerId);
    await change(
      'remove the container of a look',
      undefined,
      // With the anonymous volumes that its image declares.
      (abortSignal) => container.remove({ v: true, force: true, abortSignal }),
      async () => (await find('inspect it', undefined, (abortSignal) => container.inspect({ abortSignal }))) === null,
      'long',
    );
  }

  /**
   * By `HEAD /containers/{id}/archive`. Its 404 does not tell a missing path from a missing container, but a later
   * answer from the container proves that it was there, because ids are never used again.
   */
  async function exists({ containerId, mountPath }: Window, path: string, call?: Call): Promise<boolean> {
    const found = await find(`look for ${path}`, call, async (abortSignal) => {
      const container = docker.getContainer(containerId);
      const head: Readable = await container.infoArchive({ path: `${mountPath}/${path}`, abortSignal });
      // It has no body, but its connection is free only when its end was read.
      head.resume();
      return path;
    });
    return found !== null;
  }

  async function firstEntry({ containerId, mountPath }: Window, ignored: readonly string[], call?: Call) {
    const read = async (abortSignal: AbortSignal): Promise<string | null> => {
      const archive = await docker.getContainer(containerId).getArchive({ path: `${mountPath}/.`, abortSignal });
      return firstIn(archive as Readable, ignored);
    };
    try {
      return await ask('list the entries of a volume', call, read, 'long');
    } catch (error) {
      if (!(error instanceof DatabaseError) || error.code !== 'container_missing') throw error;
      // It was there a moment ago: the next look takes another.
      throw new DatabaseError('backend_error', error.message, error.details, { cause: error });
    }
  }

  return {
    async peekVolume(peek, call): Promise<PeekResult> {
      const mounted = await windowInto(peek.name, call);
      // Docker would create a missing volume along with the container.
      if (mounted === null && (await volumes.inspect(peek.name, call)) === null) return { path: null };
      const window = mounted ?? (await createWindow(peek, call));
      if (window === null) return 'unreadable';
      try {
        for (const path of peek.paths) if (await exists(window, path, call)) return { path };
        return { path: await firstEntry(window, peek.ignored, call) };
      } finally {
        if (isOurs(window)) await close(window);
      }
    },
  };
}

function isOurs({ mountPath }: Window): boolean {
  return mountPath === peekPath;
}

/** The first top-level entry that counts; a link to the volume itself is no content. */
async function firstIn(archive: Readable, ignored: readonly string[]): Promise<string | null> {
  const entries = archive.pipe(extract());
  archive.on('error', (error) => entries.destroy(error));
  try {
    for await (const entry of entries) {
      const { name, type, linkname } = entry.header;
      const [top = ''] = name.replace(/^\.?\//, '').split('/');
      const isLinkToItself = type === 'symlink' && linkname === '.';
      if (top !== '' && top !== '.' && !isLinkToItself && !ignored.includes(top)) return top;
      entry.resume();
    }
    return null;
  } finally {
    archive.destroy();
  }
}
