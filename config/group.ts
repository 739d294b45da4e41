import type { Setting } from './setting';

type Settings = Readonly<Record<string, Setting>>;
type Values<Own extends Settings> = {
  readonly [Key in keyof Own]: Own[Key] extends Setting<infer Value> ? Value : never;
};

/** Settings that are read together, as one value that fits what uses it. */
export interface Group<Value = unknown> {
  /** The section of the reference page. */
  readonly title: string;
  readonly settings: readonly Setting[];
  /** Takes the settings' texts by name. Without errors there is a value. */
  read(texts: ReadonlyMap<string, string>): { readonly errors: readonly string[]; readonly value?: Value };
}

/** A rule between settings of one group. */
interface Rule<Values> {
  /** The settings it needs: it is checked once each of them is valid by itself. An error names the first. */
  readonly reads: readonly [keyof Values & string, ...(keyof Values & string)[]];
  readonly error: string;
  readonly holds: (values: Values) => boolean;
}

interface GroupOptions<Values, Value> {
  readonly rules?: readonly Rule<Values>[];
  /** Without it, the value has a key for each setting. */
  readonly shape?: (values: Values) => Value;
}

/** Defines settings by the keys under which their values are used. */
export function group<Own extends Settings, Value = Values<Own>>(
  title: string,
  settings: Own,
  { rules = [], shape = (values) => values as unknown as Value }: GroupOptions<Values<Own>, Value> = {},
): Group<Value> {
  return {
    title,
    settings: Object.values(settings),
    read(texts) {
      const errors: string[] = [];
      const valid: Record<string, unknown> = {};
      for (const [key, { name, schema }] of Object.entries(settings)) {
        const { success, data, error } = schema.safeParse(texts.get(name));
        if (success) valid[key] = data;
        else errors.push(...error.issues.map(({ message }) => `${name}: ${message}`));
      }
      for (const { reads, error, holds } of rules) {
        const isChecked = reads.every((key) => key in valid);
        if (isChecked && !holds(valid as Values<Own>)) errors.push(`${settings[reads[0]]?.name}: ${error}`);
      }
      return errors.length > 0 ? { errors } : { errors, value: shape(valid as Values<Own>) };
    },
  };
}
