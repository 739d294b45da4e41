import { type KnownSetting, knownSettings } from '../../config/reference';

const intro = `# Configuration

Generated from the settings in \`config/groups/\` by \`npm run check -- --fix\`; do not edit it by hand.

API (\`node dist/api/main.js\`) and worker (\`node dist/worker.js\`) read their environment once, at startup. If any setting
is invalid, they exit with code 78 and list every error, each with its variable. An empty variable counts as unset.
\`--print-config\` prints the settings in force, without secrets, and exits. A variable that starts with \`SLIPWAY_\` and
that nothing reads causes a warning.

A setting marked *or a file* can be read from a file: set \`SLIPWAY_SECRET_KEY_FILE\` to the path of a file that contains
the \`SLIPWAY_SECRET_KEY\`. If both are set, the variable itself is used.
`;

/** The reference page of the configuration (docs/configuration.md). */
export function configurationPage(): string {
  const sections = new Map<string, string[]>();
  for (const setting of knownSettings()) {
    sections.set(setting.section, [...(sections.get(setting.section) ?? []), rowOf(setting)]);
  }
  const head = ['| Variable | Read by | Default | Description |', '| --- | --- | --- | --- |'];
  const tables = [...sections].map(([title, rows]) => [`## ${title}`, '', ...head, ...rows, ''].join('\n'));
  return [intro, ...tables].join('\n');
}

function rowOf({ name, readBy, fallback, isRequired, isSecret, description }: KnownSetting): string {
  const value = fallback === null ? (isRequired ? 'required' : 'none') : `\`${fallback}\``;
  return `| \`${name}\`${isSecret ? ' *or a file*' : ''} | ${readBy.join(', ')} | ${value} | ${description} |`;
}
