/** The text of a postgresql.conf: one setting per line, every value quoted (PostgreSQL, 20.1.2). */
export function confOf(settings: Readonly<Record<string, string>>): string {
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${quoted(value)}\n`);
  return `# Written by Slipway; a change by hand is lost at the next start.\n${lines.join('')}`;
}

/**
 * Inside quotes, a backslash begins an escape and a newline would end the value (src/backend/utils/misc/guc-file.l).
 */
function quoted(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''").replaceAll('\n', '\\n')}'`;
}

/**
 * The access rules (PostgreSQL, 21.1): the superuser connects only through the container's own socket, everyone else
 * over TCP with SCRAM. The first matching line applies; a connection that matches none is refused.
 */
export const hbaConf = `# Written by Slipway; a change by hand is lost at the next start.
local all         postgres              peer
host  all         postgres  all         reject
host  all         all       all         scram-sha-256
`;
