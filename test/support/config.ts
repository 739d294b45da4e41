import { ConfigError } from '../../config/program';

export const secretKey = Buffer.alloc(32, 7);

/** The required settings. */
export const good = {
  DATABASE_URL: 'postgresql://slipway:pa55word@127.0.0.1:5432/slipway',
  SLIPWAY_SECRET_KEY: secretKey.toString('base64'),
};

/** The error of a configuration that must be refused. */
export function errorOf(read: () => unknown): ConfigError {
  try {
    read();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

/** The setting that each error names, sorted. */
export function keysOf({ errors }: ConfigError): string[] {
  return errors.map((error) => error.split(':')[0] ?? '').sort();
}
