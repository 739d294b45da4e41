/** The directory of a sidecar's files: in memory, accessible only to the sidecar's own user. */
export const sidecarDirectory = '/run/slipway';

/** Exit codes of a sidecar's entrypoint; any other is its program's own. */
export const sidecarExit = {
  /** Stopped by a signal. */
  stopped: 0,
  /** EX_UNAVAILABLE of sysexits.h: the image does not contain the program. */
  noProgram: 69,
} as const;

export interface SidecarProgram {
  /** Its names in different images; the first one found on the path is run. */
  readonly names: readonly string[];
  readonly args: readonly string[];
  /** The file that is written last: once it exists, the program can start. */
  readonly lastFile: string;
}

/**
 * The files contain a password, so they exist only in memory and must be written after every start of the container;
 * the script waits for them. A hangup means that they were rewritten. A program with a handler for it reads them again
 * and keeps serving; a program without one is ended by it, and restarted. So a hangup is safe at any time, even while
 * the program is starting.
 *
 * The shell stays the first process, because its traps work from the start, unlike a program's handlers (see
 * `entrypoint.ts`). A stop ends it, and with it everything in the container: nothing in a sidecar is worth a wait. In a
 * POSIX shell a trap runs only between commands, or during `wait`, which it ends with 128 and the signal's number.
 *
 * When a container restarts, runc gives the tmpfs the mode of the directory below it (libcontainer, rootfs_linux.go)
 * instead of the requested one, so the script sets it.
 */
const script = `trap 'exit ${sidecarExit.stopped}' INT TERM
set -eu
file=$1
names=$2
shift 2
find_program() {
  for name in $names; do command -v "$name" && return; done
  echo "slipway: the image has none of: $names" >&2
  exit ${sidecarExit.noProgram}
}
program=$(find_program)
chmod 700 "\${file%/*}"
until [ -e "$file" ]; do sleep 0.1 & wait $!; done
hangup=129
status=$hangup
while [ "$status" -eq "$hangup" ]; do
  "$program" "$@" &
  child=$!
  trap 'kill -HUP "$child" || :' HUP
  while kill -0 "$child" 2>/dev/null; do wait "$child" && status=0 || status=$?; done
done
exit "$status"
`;

/**
 * The command of a sidecar's container. The image must have the program, and `sh`, `chmod`, `sleep`, `cat`, `mv`,
 * `timeout`.
 */
export function sidecarCommand({ names, args, lastFile }: SidecarProgram): string[] {
  return ['sh', '-c', script, 'slipway-sidecar', lastFile, names.join(' '), ...args];
}

/**
 * The command of an exec that writes one file from its standard input: readable only by the sidecar's user, complete or
 * not at all. Then sends a hangup to the entrypoint.
 */
export function writeFileCommand(file: string): string[] {
  return ['sh', '-c', 'set -eu; umask 077; cat > "$1.new"; mv "$1.new" "$1"; kill -HUP 1', 'slipway-write', file];
}
