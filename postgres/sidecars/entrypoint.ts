/** The directory of a sidecar's files: in memory, and open to the sidecar's own user alone. */
export const sidecarDirectory = '/run/slipway';

/** Exit codes of a sidecar's entrypoint; any other is its program's own. */
export const sidecarExit = {
  /** Told to stop. */
  stopped: 0,
  /** EX_UNAVAILABLE of sysexits.h: the image does not have the program. */
  noProgram: 69,
} as const;

export interface SidecarProgram {
  /** The names that it has in different images; the first that is on the path is run. */
  readonly names: readonly string[];
  readonly args: readonly string[];
  /** The file that is written last: as soon as it is there, the program can start. */
  readonly lastFile: string;
}

/**
 * The files hold a password, so they are in memory only and have to be written whenever the container has started: the
 * script waits for them. A hangup says that they were written anew. A program that has a handler for it reads them
 * again and serves on; one that has none ends by it, and is started again. So it is right at any time, also while the
 * program is just starting.
 *
 * The shell stays the first process, since its traps hold from the start, as those of a program do not (see
 * `entrypoint.ts`). A stop ends it, and with it everything in the container: nothing in a sidecar is worth a wait. In a
 * POSIX shell a trap runs only between commands, or during `wait`, which it ends with 128 and the signal's number.
 *
 * When a container starts again, runc gives the tmpfs the mode of the directory below it (libcontainer, rootfs_linux.go)
 * and not the one that was asked for, so it is set here.
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

/** What a sidecar's container runs. It needs of its image the program, and `sh`, `chmod`, `sleep`, `cat`, `mv`, `timeout`. */
export function sidecarCommand({ names, args, lastFile }: SidecarProgram): string[] {
  return ['sh', '-c', script, 'slipway-sidecar', lastFile, names.join(' '), ...args];
}

/**
 * What an exec runs to place one file, given on its standard input: readable by the sidecar's user alone, whole or not
 * at all. The entrypoint is told.
 */
export function writeFileCommand(file: string): string[] {
  return ['sh', '-c', 'set -eu; umask 077; cat > "$1.new"; mv "$1.new" "$1"; kill -HUP 1', 'slipway-write', file];
}
