import { ensureRole, identifier, unloggedSql } from '../logins';
import { roleTimeoutsSql } from '../session';
import { sidecarCommand, sidecarDirectory } from './entrypoint';

/** The port that postgres_exporter listens on inside its container. */
export const exporterPort = 9187;

/** The role by which the exporter reads statistics; no data, and in a database where users can make nothing. */
export const exporterLogin = { user: 'slipway_exporter', database: 'postgres' } as const;

/** Where the engine is, on the network they share. */
export interface ExporterSettings {
  readonly engineHost: string;
  readonly enginePort: number;
}

/** Holds the password alone. */
export const exporterPasswordFile = `${sidecarDirectory}/password`;

/** Named by its project, and by Debian. */
export const exporterCommand = sidecarCommand({
  names: ['postgres_exporter', 'prometheus-postgres-exporter'],
  args: [`--web.listen-address=:${exporterPort}`],
  lastFile: exporterPasswordFile,
});

/** The environment by which the exporter is told of its engine (postgres_exporter, README); it holds no secret. */
export function exporterEnv({ engineHost, enginePort }: ExporterSettings): Record<string, string> {
  return {
    DATA_SOURCE_URI: `${engineHost}:${enginePort}/${exporterLogin.database}?sslmode=disable`,
    DATA_SOURCE_USER: exporterLogin.user,
    DATA_SOURCE_PASS_FILE: exporterPasswordFile,
  };
}

/** The statements that make the exporter's role, with this SCRAM verifier; run again, they change nothing but that. */
export function exporterSql(verifier: string): string {
  const role = identifier(exporterLogin.user);
  return `${unloggedSql}${ensureRole(exporterLogin.user, verifier)}
GRANT pg_monitor TO ${role};
${roleTimeoutsSql(role)}
`;
}
