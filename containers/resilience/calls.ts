import type { Backend } from '../backend';

export type CallLength = 'short' | 'long';

/** The deadline of a call: long for calls that move data or wait for a process in a container. */
export const callLengths: Readonly<Record<keyof Backend, CallLength>> = {
  ping: 'short',
  engineId: 'short',
  engineStartedAt: 'short',
  ensureImage: 'long',
  ensureNetwork: 'short',
  removeNetwork: 'short',
  ensureVolume: 'short',
  removeVolume: 'long',
  // May read through an unfinished data directory.
  peekVolume: 'long',
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
  // For streams, the deadline covers opening them.
  followLogs: 'short',
  stats: 'short',
  events: 'short',
};
