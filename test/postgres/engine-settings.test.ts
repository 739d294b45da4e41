import { allowedParameters, parametersSchema } from '../../domain/parameters';
import { needsRestart } from '../../domain/planning/restart-settings';
import { sizeClasses } from '../../domain/spec';
import { settingsOf } from '../../postgres/settings';
import { createWorkbench, majors } from './workbench';

const workbench = createWorkbench();
afterEach(() => workbench.remove());

interface Setting {
  readonly name: string;
  readonly vartype: string;
  readonly unit: string | null;
  readonly min_val: string | null;
  readonly max_val: string | null;
  readonly enumvals: string[] | null;
}

const types = { integer: 'integer', real: 'real', boolean: 'bool', enum: 'enum', timezone: 'string' } as const;

/** What the engine shows otherwise than it was given: at least a megabyte; nothing on a socket that is not TCP's. */
const shownOtherwise = ['autovacuum_work_mem', 'tcp_keepalives_idle'];

/** A value for every allowed parameter, as a user could give it. */
function someOfEach(): Record<string, string | number> {
  const entries = Object.entries(allowedParameters).map(([name, rule]): [string, string | number] => {
    if (rule.type === 'boolean') return [name, 'off'];
    if (rule.type === 'enum') return [name, rule.values.at(-1) ?? ''];
    if (rule.type === 'timezone') return [name, 'America/New_York'];
    // Near the least, which costs the least memory.
    return [name, rule.min + 1];
  });
  return Object.fromEntries(entries);
}

describe.each(majors)('PostgreSQL %s', (version) => {
  test('it takes every allowed parameter, of the type, unit and range that the table says', async () => {
    const given = parametersSchema.parse({ ...someOfEach(), max_connections: 20 });
    const server = await workbench.run(version, { parameters: given });
    const json = await server.psql(
      'SELECT json_agg(s) FROM (SELECT name, vartype, unit, min_val, max_val, enumvals FROM pg_settings) s',
    );
    const settings = new Map((JSON.parse(json) as Setting[]).map((setting) => [setting.name.toLowerCase(), setting]));
    for (const [name, rule] of Object.entries(allowedParameters)) {
      const setting = settings.get(name);
      expect([name, setting?.vartype]).toEqual([name, types[rule.type]]);
      if (rule.type === 'enum') expect(setting?.enumvals).toEqual(expect.arrayContaining([...rule.values]));
      if (rule.type === 'integer') expect([name, setting?.unit ?? undefined]).toEqual([name, rule.base]);
      if (rule.type === 'integer' || rule.type === 'real') {
        expect([name, rule.min >= Number(setting?.min_val), rule.max <= Number(setting?.max_val)]).toEqual([
          name,
          true,
          true,
        ]);
      }
    }
    const values = Object.entries(given).map(([name, value]) => `('${name}', '${value}')`);
    // What the session itself sets, as ours do with time-outs, hides what the file says.
    const differing = `SELECT name, wanted FROM (VALUES ${values.join(', ')}) given (name, wanted)
      JOIN pg_file_settings file USING (name) JOIN pg_settings now USING (name)
      WHERE NOT applied OR file.setting <> wanted OR now.source = 'configuration file' AND current_setting(name) <> wanted
        AND name NOT IN (${shownOtherwise.map((name) => `'${name}'`).join(', ')})`;
    expect(await server.psql(differing)).toBe('');
    const names = Object.keys(given).map((name) => `('${name}')`);
    const absent = `SELECT name FROM (VALUES ${names.join(', ')}) given (name) EXCEPT SELECT name FROM pg_file_settings`;
    expect(await server.psql(absent)).toBe('');
  });

  test('the settings that need a restart are those of our table (M53)', async () => {
    const server = await workbench.run(version);
    const known = [...Object.keys(settingsOf({ version, ...sizeClasses.large, parameters: {} }))];
    const names = [...new Set([...known, ...Object.keys(allowedParameters)])].sort();
    const contexts = new Map(
      (await server.psql('SELECT lower(name), context FROM pg_settings')).split('\n').map((row) => {
        const [name = '', context = ''] = row.split('|');
        return [name, context] as const;
      }),
    );
    const asked = names.filter((name) => contexts.get(name.toLowerCase()) === 'postmaster');
    expect(names.filter((name) => needsRestart(name, version))).toEqual(asked);
    expect(asked).toContain('max_connections');
  });

  test('the configuration file is read without an error, quotes and all', async () => {
    const server = await workbench.run(version);
    expect(await server.psql('SELECT name, error FROM pg_file_settings WHERE error IS NOT NULL')).toBe('');
    expect(await server.psql('SELECT count(*) > 20 FROM pg_file_settings WHERE applied')).toBe('t');
    expect(await server.psql('SELECT count(*) FROM pg_hba_file_rules WHERE error IS NOT NULL')).toBe('0');
    expect(await server.psql('SHOW log_line_prefix')).toBe('%m [%p] %q%u@%d');
  });
});
