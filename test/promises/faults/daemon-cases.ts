import type { RequestedKind } from '../../../domain/operations/operations';

export const daemonFaults = ['stopped', 'restarted', 'killed', 'frozen'] as const;
export type DaemonFault = (typeof daemonFaults)[number];

/** The kinds that touch a host. */
export type StruckKind = Exclude<RequestedKind, 'describe'>;

/** The step of each operation at which its daemon goes away. */
export const strikes: Readonly<Record<StruckKind, string>> = {
  create: 'ensureServer',
  stop: 'stopServer',
  start: 'ensureServer',
  restart: 'ensureServer',
  pause: 'pauseServer',
  resume: 'resumeServer',
  resize: 'ensureServer',
  'rotate-credentials': 'ensureLogins',
  update: 'configureServer',
  delete: 'removeServer',
};

export interface DaemonCase {
  readonly kind: StruckKind;
  readonly fault: DaemonFault;
  readonly liveRestore: boolean;
}
