import { ensureRole, identifier, unloggedSql } from '../logins';
import { roleTimeoutsSql } from '../session';
import { sidecarCommand, sidecarDirectory } from './entrypoint';

/** The port that postgres_exporter listens on inside its container. */
export const exporterPort = 9187;

/** The role with which the exporter reads statistics, but no data, in a database where users can create nothing. */
export const exporterLogin = { user: 'slipway_exporter', database: 'postgres' } as const;

/** The engine's address on the shared network. */
export interface ExporterSettings {
  readonly engineHost: string;
  readonly enginePort: number;
}

/** Contains only the password. */
export const exporterPasswordFile = `${sidecarDirectory}/password`;

/** The program's names: its project's, and Debian's. */
export const exporterCommand = sidecarCommand({
  names: ['postgres_exporter', 'prometheus-postgres-exporter'],
  args: [`--web.listen-address=:${exporterPort}`],
  lastFile: exporterPasswordFile,
});

/** The exporter's connection to its engine as environment variables (postgres_exporter, README); none is secret. */
export function exporterEnv({ engineHost, enginePort }: ExporterSettings): Record<string, string> {
  return {
    DATA_SOURCE_URI: `${engineHost}:${enginePort}/${exporterLogin.database}?sslmode=disable`,
    DATA_SOURCE_USER: exporterLogin.user,
    DATA_SOURCE_PASS_FILE: exporterPasswordFile,
  };
}

/**
 * The statements that create the exporter's role with this SCRAM verifier. Repeating them changes only the verifier.
 */
export function exporterSql(verifier: string): string {
  const role = identifier(exporterLogin.user);
  return `${unloggedSql}${ensureRole(exporterLogin.user, verifier)}
GRANT pg_monitor TO ${role};
${roleTimeoutsSql(role)}
`;
}
