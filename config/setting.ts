import type { z } from 'zod';

/** One variable of the environment, and all that is known about it. */
export interface Setting<Value = unknown> {
  readonly name: string;
  /** Reads its text; `undefined` where there is neither a text nor a default. */
  readonly schema: z.ZodType<Value>;
  /** The default, as it would be written in the environment; null for none. */
  readonly fallback: string | null;
  /** For the reference page, in Markdown. */
  readonly description: string;
  /** Whether it may come from a file that the variable with `_FILE` names. */
  readonly isSecret: boolean;
  /** Its text as `--print-config` shows it. */
  readonly printed: (text: string) => string;
}

interface SettingOptions<Value> {
  readonly schema: z.ZodType<Value>;
  readonly fallback?: string | number | boolean;
  readonly description: string;
  readonly isSecret?: boolean;
  readonly printed?: (text: string) => string;
}

/** A secret is printed as `(set)` unless it says what of it may be seen. */
export function setting<Value>(
  name: string,
  { schema, fallback, description, isSecret = false, printed }: SettingOptions<Value>,
): Setting<Value> {
  return {
    name,
    schema,
    fallback: fallback === undefined ? null : String(fallback),
    description,
    isSecret,
    printed: printed ?? ((text) => (isSecret ? '(set)' : text)),
  };
}
