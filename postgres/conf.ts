/** The text of a postgresql.conf: one setting a line, every value quoted (PostgreSQL, 20.1.2). */
export function confOf(settings: Readonly<Record<string, string>>): string {
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${quoted(value)}\n`);
  return `# Written by Slipway; a change by hand is lost at the next start.\n${lines.join('')}`;
}

/** In quotes a backslash begins an escape, and a line's end would end the value (src/backend/utils/misc/guc-file.l). */
function quoted(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''").replaceAll('\n', '\\n')}'`;
}

/**
 * The access rules (PostgreSQL, 21.1): the superuser through the container's own socket only, everybody else over TCP
 * with SCRAM. The first line that matches decides; what none matches is refused.
 */
export const hbaConf = `# Written by Slipway; a change by hand is lost at the next start.
local all         postgres              peer
host  all         postgres  all         reject
host  all         all       all         scram-sha-256
`;
