import type { Backend } from '../backend';

export type CallLength = 'short' | 'long';

/** Which deadline a call has. Long is what moves data or waits for something that runs in a container. */
export const callLengths: Readonly<Record<keyof Backend, CallLength>> = {
  ping: 'short',
  ensureImage: 'long',
  ensureNetwork: 'short',
  removeNetwork: 'short',
  ensureVolume: 'short',
  removeVolume: 'long',
  ensureContainer: 'short',
  startContainer: 'short',
  pauseContainer: 'short',
  resumeContainer: 'short',
  updateContainer: 'long',
  stopContainer: 'long',
  removeContainer: 'long',
  inspectContainer: 'short',
  list: 'short',
  putFiles: 'short',
  exec: 'long',
  logs: 'short',
  // Of streams, for their opening: what comes after is not cut.
  followLogs: 'short',
  stats: 'short',
  events: 'short',
};
