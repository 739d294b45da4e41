import { confOf } from './conf';
import { sessionOptions } from './session';

/** Exit codes of the reconfiguration of a running engine, after sysexits.h. */
export const reconfigureExit = {
  /** EX_CONFIG: the engine rejects these settings and has kept the current ones. */
  refused: 78,
} as const;

/** The new settings, next to the current ones: a file for the volume's root. */
export function candidateConf(settings: Readonly<Record<string, string>>) {
  return { name: 'postgresql.conf.new', content: confOf(settings), mode: 0o644 };
}

/**
 * The engine itself reads the new file before it replaces the current one: a server asked for one setting reads all of
 * them (`postgres -C`, PostgreSQL, reference). Then it reloads. Once a new session sees a new load time, every later
 * session has the new values.
 */
const script = `set -eu
cd "$1"
ask() { psql --no-psqlrc -qAt --username=postgres --dbname="dbname=postgres options='${sessionOptions}'" -c "$1"; }
postgres -D "$1/pgdata" -c config_file="$1/postgresql.conf.new" -c hba_file="$1/pg_hba.conf" -C port > /dev/null ||
  exit ${reconfigureExit.refused}
before=$(ask 'SELECT pg_conf_load_time()')
mv postgresql.conf.new postgresql.conf
ask 'SELECT pg_reload_conf()' > /dev/null
until [ "$(ask 'SELECT pg_conf_load_time()')" != "$before" ]; do sleep 0.05; done
`;

/** Runs in the container of a running engine, as the engine's own user. */
export function reconfigureCommand(mountPath: string): string[] {
  return ['bash', '-c', script, 'slipway-reconfigure', mountPath];
}

/** The engine's reason for rejecting settings: its log lines, without the time and process at their beginning. */
export function refusalIn(stderr: string): string {
  const words = stderr
    .split('\n')
    .map((line) => /\b(?:LOG|FATAL|ERROR|DETAIL|HINT):\s+(.*)$/.exec(line)?.[1] ?? '')
    .filter((line) => line !== '' && !/^configuration file .* contains errors/.test(line));
  return words.join('; ') || stderr.trim().slice(-500);
}
