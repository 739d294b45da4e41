import type { TriedKind } from './docker-cases';

export const daemonFaults = ['stopped', 'restarted', 'killed', 'frozen'] as const;
export type DaemonFault = (typeof daemonFaults)[number];

/** The kinds that touch a host; the others need a database that has failed, or is deleted. */
export type StruckKind = Exclude<TriedKind, 'describe'>;

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

/** The kinds whose step needs an engine that runs. */
const needsEngine: ReadonlySet<StruckKind> = new Set(['pause', 'resume', 'rotate-credentials', 'update']);

/**
 * Whether the operation must succeed once its daemon is back, because nothing that it needs is lost: every outage is
 * shorter than the deadline of an operation. Without live-restore, a daemon that ends takes the engine with it.
 */
export function mustSucceed({ kind, fault, liveRestore }: DaemonCase): boolean {
  return liveRestore || fault === 'frozen' || !needsEngine.has(kind);
}
