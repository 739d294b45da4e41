import { layoutOf } from './layout';

/** Exit codes of the entrypoint, after sysexits.h. */
export const entrypointExit = {
  /** EX_NOINPUT: no data directory, and no permission to create an empty database in its place. */
  noData: 66,
  /** EX_TEMPFAIL: another server holds the volume. */
  volumeLocked: 75,
  /** EX_CONFIG: the volume contains something that is not ours. */
  foreignVolume: 78,
  /** Stopped before the server ran; 128 and SIGINT, the shell's convention. */
  stopped: 130,
} as const;

/** The arguments of `initdb` besides the directory. */
export const initdbArguments = [
  '--username=postgres',
  '--auth-local=peer',
  '--auth-host=scram-sha-256',
  '--data-checksums',
  '--encoding=UTF8',
  '--locale=C.UTF-8',
] as const;

/**
 * Files in the volume: `lock`, `postgresql.conf`, `pg_hba.conf`, `pgdata` and the folder `slipway` (`volume.ts`); during
 * creation also `pgdata.new` and `initialize`. From some official images of 18, Docker copies a link `data` to `.` into
 * it (docker-library/postgres, pull request 1259).
 *
 * The server itself holds the lock, because it inherits the descriptor: two servers on one data directory would corrupt
 * it, and Docker does not prevent them. The data directory is renamed into place when it is complete, so that an
 * interrupted `initdb` starts over and a directory that holds data is never initialized again. `initialize` is the
 * control plane's permission to create an empty database; it exists only while a database is being created.
 *
 * The kernel drops a signal that the first process of a container does not handle (pid_namespaces(7)), and Docker then
 * waits for the stop timeout before it kills. Therefore a trap ends the script, and with it everything in the
 * container; `initdb` runs in the background, because bash runs a trap only between commands; and from `exec` on, the
 * signals stay blocked until the server has installed its handlers. Only a stop within milliseconds of the start,
 * before bash has set its trap, is still dropped; catching that one would take an init process.
 *
 * `initdb` syncs its files itself, which takes a tenth of its time; `sync` makes the rename durable.
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
      lock|postgresql.conf|pg_hba.conf|initialize|pgdata.new|slipway|lost+found) continue ;;
      data) [ "$(readlink data)" != . ] || continue ;;
    esac
    refuse ${entrypointExit.foreignVolume} "the volume holds $entry, which is not ours"
  done
  rm -rf pgdata.new
  initdb --pgdata=pgdata.new ${initdbArguments.join(' ')} >&2 &
  wait $!
  mv pgdata.new pgdata
  sync .
fi
rm -f initialize
exec env --block-signal=INT,TERM postgres -D "$1/pgdata" \\
  -c config_file="$1/postgresql.conf" -c hba_file="$1/pg_hba.conf"
`;

/**
 * The command of a server's container, run as the engine's user. The script is inline, so that it is the same on every
 * image.
 */
export function entrypointCommand(version: string): string[] {
  return ['bash', '-c', script, 'slipway-entrypoint', layoutOf(version).mountPath];
}
