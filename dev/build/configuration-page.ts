import { knownSettings } from '../../config/config';
import { type Setting, settingGroups } from '../../config/reference';

const intro = `# Configuration

Made by \`npm run check -- --fix\` from what validates the settings. API (\`node dist/api/main.js\`) and worker
(\`node dist/worker.js\`) read the environment once, and refuse to start with every error at once, each naming its
variable (exit code 78). An empty variable is one that is not set. \`--print-config\` shows what is in force, without its
secrets; a variable with our prefix that nothing reads is warned of.

A setting that is marked *or a file* may come from one: \`SLIPWAY_SECRET_KEY_FILE\` names a file in the place of
\`SLIPWAY_SECRET_KEY\`. Where both are set, the variable itself is taken.
`;

/** The reference page of the configuration (docs/configuration.md). */
export function configurationPage(): string {
  const sections = Object.entries(settingGroups).map(([title, settings]) => {
    const rows = Object.entries(settings).map(([name, text]) => rowOf(name as Setting, text));
    return [`## ${title}`, '', '| Variable | Read by | Default | For |', '| --- | --- | --- | --- |', ...rows, ''].join(
      '\n',
    );
  });
  return [intro, ...sections].join('\n');
}

function rowOf(name: Setting, text: string): string {
  const setting = knownSettings().find((known) => known.name === name);
  if (setting === undefined) throw new Error(`no program reads ${name}`);
  const { readBy, fallback, isNeeded, isSecret } = setting;
  const value = fallback === null ? (isNeeded ? 'needed' : 'none') : `\`${fallback}\``;
  return `| \`${name}\`${isSecret ? ' *or a file*' : ''} | ${readBy.join(', ')} | ${value} | ${text} |`;
}
