import { layoutOf } from './layout';

/** Exit codes of the entrypoint, after sysexits.h. */
export const entrypointExit = {
  /** EX_NOINPUT: no data, and no permission to make an empty database in its place. */
  noData: 66,
  /** EX_TEMPFAIL: another server has the volume. */
  volumeLocked: 75,
  /** EX_CONFIG: the volume holds something that is not ours. */
  foreignVolume: 78,
  /** Told to stop before the server ran; 128 and SIGINT, as a shell has it. */
  stopped: 130,
} as const;

/**
 * In the volume: `lock`, `postgresql.conf`, `pg_hba.conf`, `pgdata`; while it is made, `pgdata.new` and `initialize`.
 * From some official images of 18 a link `data` to `.` is copied into it (docker-library/postgres, pull request 1259).
 *
 * The lock is held by the server itself, as it inherits the descriptor: two servers on one data directory would ruin
 * it, and Docker does not prevent them. The data directory appears under its name only when it is whole, by a rename,
 * so that an `initdb` that was cut off is begun again and one that holds data never is. `initialize` is the control
 * plane's permission to make an empty database: it is there only while a database is created.
 *
 * The kernel drops a signal that the first process of a container does not handle (pid_namespaces(7)), and Docker then
 * waits for the stop timeout to kill it. So a trap ends the script, and with it everything in the container; `initdb`
 * is waited for in the background, as bash runs a trap only between commands; and from `exec` on the signals wait,
 * blocked, until the server has its handlers. Only a stop within milliseconds of the start, before bash has its trap,
 * is still dropped: an init process in front of it would have to take that one.
 *
 * `initdb` makes its files durable itself, which is a tenth of its time; the rename is made durable by `sync`.
 */
const script = `trap 'exit ${entrypointExit.stopped}' INT TERM
set -eu
shopt -s dotglob nullglob
refuse() { echo "slipway: $2" >&2; exit "$1"; }
cd "$1"
exec 9>lock
flock -n 9 || refuse ${entrypointExit.volumeLocked} "another server has this volume"
if [ ! -d pgdata ]; then
  [ -e initialize ] || refuse ${entrypointExit.noData} "no data directory and no permission to make one"
  for entry in *; do
    case "$entry" in
      lock|postgresql.conf|pg_hba.conf|initialize|pgdata.new|lost+found) continue ;;
      data) [ "$(readlink data)" != . ] || continue ;;
    esac
    refuse ${entrypointExit.foreignVolume} "the volume holds $entry, which is not ours"
  done
  rm -rf pgdata.new
  initdb --pgdata=pgdata.new --username=postgres --auth-local=peer --auth-host=scram-sha-256 \\
    --data-checksums --encoding=UTF8 --locale=C.UTF-8 >&2 &
  wait $!
  mv pgdata.new pgdata
  sync .
fi
rm -f initialize
exec env --block-signal=INT,TERM postgres -D "$1/pgdata" \\
  -c config_file="$1/postgresql.conf" -c hba_file="$1/pg_hba.conf"
`;

/** What a container runs, as the engine's own user; inline, so that it is the same on every image. */
export function entrypointCommand(version: string): string[] {
  return ['bash', '-c', script, 'slipway-entrypoint', layoutOf(version).mountPath];
}
