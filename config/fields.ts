import { isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { type CheckSettings, checkSettingsShape, defaultCheckSettings } from '../domain/health/checks';

// The forms of settings, and what stands for one that is not set.

export const port = z.coerce.number().int().min(0).max(65535);
export const seconds = (fallback: number) => z.coerce.number().positive().default(fallback);
export const milliseconds = (fallback: number) => z.coerce.number().int().positive().default(fallback);
export const count = (fallback: number) => z.coerce.number().int().min(1).default(fallback);

/** A call's deadline must come before that of the step which makes it, so that the reason comes from the call. */
export const callSeconds = (fallbackMs: number, most: number) =>
  z.coerce
    .number()
    .positive()
    .max(most, `expected at most ${most}: the steps of an operation have little more`)
    .default(fallbackMs / 1000);

/** Where something is reached, by name or IPv4 address. */
export const hostAndPort = z.string().regex(/^[^\s:]+:\d+$/, 'expected host:port');

/** A rule between settings, for `refine`: the setting that is named where it does not hold, and what is said of it. */
export function rule<Config>(
  setting: string,
  error: string,
  holds: (config: Config) => boolean,
): [typeof holds, { path: string[]; error: string }] {
  return [holds, { path: [setting], error }];
}

const keyForm = 'expected 32 random bytes in base64 (openssl rand -base64 32)';

export const secretKey = z
  .string({ error: keyForm })
  .transform((text) => Buffer.from(text.trim(), 'base64'))
  .refine((key) => key.length === 32, keyForm);

export const secretKeys = z
  .string()
  .transform((text) => text.split(',').map((key) => Buffer.from(key.trim(), 'base64')))
  .refine((keys) => keys.every((key) => key.length === 32), `of each key, separated by commas: ${keyForm}`);

export const images = z
  .string({ error: 'expected major=image pairs such as 17=postgres:17,15=postgres:15' })
  .regex(/^\d{2}=[^,=\s]+(,\d{2}=[^,=\s]+)*$/, 'expected major=image pairs such as 17=postgres:17,15=postgres:15')
  .transform((text) => Object.fromEntries(text.split(',').map((pair) => pair.split('=') as [string, string])));

/** Of the sidecars, where nothing else is named. What an image needs to have stands with its entrypoint. */
export const publicSidecarImages = {
  SLIPWAY_POOLER_IMAGE: 'edoburu/pgbouncer:v1.25.2-p0',
  SLIPWAY_EXPORTER_IMAGE: 'prometheuscommunity/postgres-exporter:v0.17.1',
} as const;

/** 0 for none. */
export const limit = (fallback: number) => z.coerce.number().int().min(0).default(fallback);

const addressOrNetwork = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]);

/** Of proxies that are believed, and of private targets. */
export const networks = z
  .string()
  .transform((text) => text.split(',').map((part) => part.trim()))
  .refine(
    (parts) => parts.every((part) => addressOrNetwork.safeParse(part).success),
    'expected addresses or networks such as 192.168.1.2,10.0.0.0/8,fd12:3456::/48',
  );

export const image = z.string().regex(/^[^\s=,]+$/, 'expected an image such as postgres:17');

/** Where a program listens: a name or address, IPv6 in brackets, and a port; 0 for any. */
export const listenAddress = z
  .string()
  .refine((text) => addressForm.test(text) && isListenAddress(text), 'expected host:port, or [IPv6]:port');

const addressForm = /^(?:\[(?<ipv6>[^\]]+)\]|(?<name>[a-z0-9.-]+)):(?<port>\d{1,5})$/i;

function isListenAddress(text: string): boolean {
  const { host, port } = listenAddressIn(text);
  return isIPv6(host) === text.startsWith('[') && port <= 65535;
}

/** The parts of a `listenAddress`. */
export function listenAddressIn(text: string): { readonly host: string; readonly port: number } {
  const { ipv6, name, port } = addressForm.exec(text)?.groups ?? {};
  return { host: ipv6 ?? name ?? '', port: Number(port) };
}

export const agentUrl = z.string().refine(isOrigin, 'expected https://host:port, and nothing after it');

function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, origin, href } = new URL(text);
  return protocol === 'https:' && href === `${origin}/`;
}

/** An address that stands for every address of a machine is none to reach it by. */
export const agentReachable = rule(
  'SLIPWAY_AGENT_URL',
  'expected where the API reaches the worker, as SLIPWAY_AGENT_ADDRESS is every address of its machine',
  (config: { readonly SLIPWAY_AGENT_ADDRESS: string; readonly SLIPWAY_AGENT_URL?: string | undefined }) => {
    const { host } = listenAddressIn(config.SLIPWAY_AGENT_ADDRESS);
    const isEvery = ipaddr.isValid(host) && ipaddr.process(host).range() === 'unspecified';
    return !isEvery || config.SLIPWAY_AGENT_URL !== undefined;
  },
);

/** How databases are checked that come into being: each may be set for itself. */
export const health = {
  SLIPWAY_HEALTH_INTERVAL_SECONDS: checkSetting('intervalSeconds'),
  SLIPWAY_HEALTH_TIMEOUT_SECONDS: checkSetting('timeoutSeconds'),
  SLIPWAY_HEALTH_FAILURES: checkSetting('failureThreshold'),
  SLIPWAY_HEALTH_SUCCESSES: checkSetting('successThreshold'),
};

function checkSetting(name: keyof CheckSettings) {
  return z.coerce.number().pipe(checkSettingsShape[name]).default(defaultCheckSettings[name]);
}

/** A probe ends before the next one begins. An interval that is none is refused by itself. */
export const probeInTime = rule(
  'SLIPWAY_HEALTH_TIMEOUT_SECONDS',
  'expected less than SLIPWAY_HEALTH_INTERVAL_SECONDS',
  (config: { readonly SLIPWAY_HEALTH_INTERVAL_SECONDS: number; readonly SLIPWAY_HEALTH_TIMEOUT_SECONDS: number }) =>
    config.SLIPWAY_HEALTH_INTERVAL_SECONDS < 1 ||
    config.SLIPWAY_HEALTH_TIMEOUT_SECONDS < config.SLIPWAY_HEALTH_INTERVAL_SECONDS,
);
