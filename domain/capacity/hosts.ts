/**
 * `new`: no worker has registered it; `silent`: its workers have not been seen for `silentAfterSeconds`; `cordoned`: it
 * gets no new databases.
 */
export const hostStates = ['new', 'ready', 'silent', 'cordoned'] as const;
export type HostState = (typeof hostStates)[number];

/** A host is silent when none of its workers has registered for so long. They register every five seconds. */
export const silentAfterSeconds = 30;

/** From then on, workers of other hosts check its databases. */
export const checkedElsewhereAfterSeconds = 15;

/** A host that is both silent and cordoned is silent, which needs attention first. */
export function hostStateOf({
  cordoned,
  unseenSeconds,
}: {
  readonly cordoned: boolean;
  /** The time since a worker was last seen; null if none has registered. */
  readonly unseenSeconds: number | null;
}): HostState {
  if (unseenSeconds === null) return 'new';
  if (unseenSeconds > silentAfterSeconds) return 'silent';
  return cordoned ? 'cordoned' : 'ready';
}
