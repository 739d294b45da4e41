import { readFileSync } from 'node:fs';
import type { Group } from './group';
import type { Setting } from './setting';

type Groups = Readonly<Record<string, Group>>;
type ConfigOf<Own extends Groups> = {
  readonly [Key in keyof Own]: Own[Key] extends Group<infer Value> ? Value : never;
};

export type Environment = Readonly<Record<string, string | undefined>>;

/** A program, as far as its configuration goes. */
export interface Program<Config> {
  readonly groups: readonly Group[];
  /** Throws `ConfigError`. */
  read(environment: Environment): Config;
  /** The settings in force in an environment that `read` accepts, one a line, without secrets. */
  print(environment: Environment): string;
}

/** A configuration that cannot work: every error at once, each naming its variable, none showing a secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly errors: readonly string[]) {
    super(`the configuration is refused:\n${errors.map((error) => `  - ${error}`).join('\n')}`);
  }
}

/** A program that reads these groups: its configuration has the value of each under the group's key. */
export function createProgram<Own extends Groups>(groups: Own): Program<ConfigOf<Own>> {
  const settings = Object.values(groups).flatMap((group) => group.settings);
  return {
    groups: Object.values(groups),
    read(environment) {
      const { texts, errors } = textsOf(settings, environment);
      const outcomes = Object.entries(groups).map(([key, group]) => [key, group.read(texts)] as const);
      const all = [...errors, ...outcomes.flatMap(([, outcome]) => outcome.errors)];
      if (all.length > 0) throw new ConfigError(all);
      return Object.fromEntries(outcomes.map(([key, { value }]) => [key, value])) as ConfigOf<Own>;
    },
    print(environment) {
      const { texts } = textsOf(settings, environment);
      const lines = settings.map(({ name, printed }) => {
        const text = texts.get(name);
        return `${name}=${text === undefined ? '(none)' : printed(text)}`;
      });
      return `${lines.sort().join('\n')}\n`;
    },
  };
}

/** What is written for each setting: in its variable, in its file, or else its default; and the files that failed. */
function textsOf(
  settings: readonly Setting[],
  environment: Environment,
): { readonly texts: ReadonlyMap<string, string>; readonly errors: readonly string[] } {
  const texts = new Map<string, string>();
  const errors: string[] = [];
  for (const { name, fallback, isSecret } of settings) {
    // An empty variable counts as unset.
    const file = (isSecret && environment[`${name}_FILE`]) || null;
    try {
      const text = environment[name] || (file === null ? fallback : readFileSync(file, 'utf8').trim());
      if (text !== null) texts.set(name, text);
    } catch (error) {
      const { code = 'unknown' } = error as NodeJS.ErrnoException;
      errors.push(`${name}_FILE: ${file} cannot be read (${code})`);
    }
  }
  return { texts, errors };
}
