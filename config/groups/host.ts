import { isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { group } from '../group';
import { setting } from '../setting';

const title = 'The worker’s host';

export const docker = group(title, {
  dockerHost: setting('DOCKER_HOST', {
    schema: z
      .string()
      .regex(/^(unix|tcp):\/\//, 'expected unix://… or tcp://…')
      .optional(),
    description: 'The Docker engine of the worker’s host, `unix://…` or `tcp://…`. By default Docker’s own socket.',
  }),
});

/** The host as the worker registers it. */
export const host = group(
  title,
  {
    id: setting('SLIPWAY_HOST_ID', {
      schema: z.string().regex(/^[a-z0-9-]{1,40}$/, 'expected lower case letters, digits and hyphens'),
      fallback: 'local',
      description:
        'Identifies the host in records and in the name of its task queue: lower case letters, digits and hyphens. Do not change it later.',
    }),
    address: setting('SLIPWAY_HOST_ADDRESS', {
      schema: z.ipv4(),
      fallback: '127.0.0.1',
      description: 'IPv4 address on which the host publishes its databases’ ports, and at which users reach them.',
    }),
    portRange: setting('SLIPWAY_HOST_PORT_RANGE', {
      schema: z
        .string()
        .regex(/^\d{4,5}-\d{4,5}$/, 'expected from-to such as 20000-29999')
        .transform((text) => text.split('-').map(Number) as [number, number])
        .refine(
          ([from, to]) => from >= 1024 && from <= to && to <= 65535,
          'expected 1024 to 65535, the lower one first',
        ),
      fallback: '20000-29999',
      description: 'Ports that the host’s databases are published on, from-to.',
    }),
    addressPool: setting('SLIPWAY_HOST_ADDRESS_POOL', {
      schema: z.cidrv4(),
      fallback: '10.213.0.0/16',
      description: 'Address range (CIDR) from which the databases’ networks on the host are allocated.',
    }),
  },
  { shape: ({ portRange: [portFrom, portTo], ...rest }) => ({ ...rest, portFrom, portTo }) },
);

/** Where the worker answers the API. */
export const agent = group(
  title,
  {
    listen: setting('SLIPWAY_AGENT_ADDRESS', {
      schema: z.string().transform(listenAddressIn),
      fallback: '127.0.0.1:0',
      description:
        'Where the worker serves the API’s reads of the host, `host:port` or `[IPv6]:port`; port 0 for any free port. Only clients that hold the secret key are answered.',
    }),
    url: setting('SLIPWAY_AGENT_URL', {
      schema: z.string().refine(isOrigin, 'expected https://host:port, and nothing after it').optional(),
      description:
        'URL at which the API reaches the worker, `https://host:port`, if it differs: behind NAT, or if the worker listens on all addresses (`0.0.0.0`, `[::]`).',
    }),
  },
  {
    rules: [
      {
        reads: ['url', 'listen'],
        error: 'expected where the API reaches the worker, as SLIPWAY_AGENT_ADDRESS is every address of its machine',
        holds: ({ url, listen }) => url !== undefined || !isUnspecified(listen.host),
      },
    ],
  },
);

/** A name or address, with IPv6 in brackets, and a port. */
function listenAddressIn(text: string, context: z.RefinementCtx): { readonly host: string; readonly port: number } {
  const form = /^(?:\[(?<ipv6>[^\]]+)\]|(?<name>[a-z0-9.-]+)):(?<port>\d{1,5})$/i;
  const { ipv6, name, port } = form.exec(text)?.groups ?? {};
  const host = ipv6 ?? name;
  if (host !== undefined && isIPv6(host) === (host === ipv6) && Number(port) <= 65535) {
    return { host, port: Number(port) };
  }
  context.addIssue('expected host:port, or [IPv6]:port');
  return z.NEVER;
}

function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, origin, href } = new URL(text);
  return protocol === 'https:' && href === `${origin}/`;
}

/** Whether it stands for every address of a machine, and so is none to reach the machine by. */
function isUnspecified(host: string): boolean {
  return ipaddr.isValid(host) && ipaddr.process(host).range() === 'unspecified';
}
