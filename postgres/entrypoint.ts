import { layoutOf } from './layout';

/** Exit codes of the entrypoint, after sysexits.h. */
export const entrypointExit = {
  /** EX_NOINPUT: no data, and no permission to make an empty database in its place. */
  noData: 66,
  /** EX_TEMPFAIL: another server has the volume. */
  volumeLocked: 75,
  /** EX_CONFIG: the volume holds something that is not ours. */
  foreignVolume: 78,
} as const;

/**
 * In the volume: `lock`, `postgresql.conf`, `pg_hba.conf`, `pgdata`; while it is made, `pgdata.new` and `initialize`.
 *
 * The lock is held by the server itself, as it inherits the descriptor: two servers on one data directory would ruin
 * it, and Docker does not prevent them. The data directory appears under its name only when it is whole, by a rename,
 * so that an `initdb` that was cut off is begun again and one that holds data never is. `initialize` is the control
 * plane's permission to make an empty database: it is there only while a database is created.
 */
const script = `set -eu
cd "$1"
exec 9>lock
flock -n 9 || { echo "slipway: another server has this volume" >&2; exit ${entrypointExit.volumeLocked}; }
if [ ! -d pgdata ]; then
  [ -e initialize ] || { echo "slipway: no data, and no permission to make an empty database" >&2; exit ${entrypointExit.noData}; }
  for entry in $(ls -A); do
    case "$entry" in
      lock|postgresql.conf|pg_hba.conf|initialize|pgdata.new|lost+found) ;;
      *) echo "slipway: the volume holds $entry, which is not ours" >&2; exit ${entrypointExit.foreignVolume} ;;
    esac
  done
  rm -rf pgdata.new
  initdb --pgdata=pgdata.new --username=postgres --auth-local=peer --auth-host=scram-sha-256 \\
    --data-checksums --encoding=UTF8 --locale=C.UTF-8 >&2
  mv pgdata.new pgdata
  sync .
fi
rm -f initialize
exec postgres -D "$1/pgdata" -c config_file="$1/postgresql.conf" -c hba_file="$1/pg_hba.conf"
`;

/** What a container runs, as the engine's own user; inline, so that it is the same on every image. */
export function entrypointCommand(version: string): string[] {
  return ['bash', '-c', script, 'slipway-entrypoint', layoutOf(version).mountPath];
}
