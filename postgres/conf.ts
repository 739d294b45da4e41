/** The text of a postgresql.conf: one setting a line, every value quoted, quotes doubled (PostgreSQL, 20.1.2). */
export function confOf(settings: Readonly<Record<string, string>>): string {
  const lines = Object.entries(settings).map(
    ([name, value]) => `${name} = '${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`,
  );
  return `# Written by Slipway; a change by hand is lost at the next start.\n${lines.join('\n')}\n`;
}

/**
 * The access rules (PostgreSQL, 21.1): the superuser through the container's own socket only, everybody else over TCP
 * with SCRAM. The first line that matches decides.
 */
export const hbaConf = `# Written by Slipway; a change by hand is lost at the next start.
local all         postgres              peer
host  all         postgres  all         reject
host  all         all       all         scram-sha-256
`;
