import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import os from 'node:os';
import { SetupError } from '../../../dev/machine/stages';
import { freePort, listeningInodes, portsOf, portVariables, requireFreePort } from '../../../dev/stack/ports';

const temporal = { port: 7233, uiPort: 8233 };

test('the defaults, Temporal’s of temporal-dev.yaml', () => {
  expect(portsOf({}, temporal)).toEqual({ api: 8000, store: 5433, port: 7233, uiPort: 8233 });
});

test('each variable changes its port', () => {
  const environment = {
    PORT: '1',
    SLIPWAY_STORE_PORT: '2',
    SLIPWAY_TEMPORAL_PORT: '3',
    SLIPWAY_TEMPORAL_UI_PORT: '65535',
  };
  expect(portsOf(environment, temporal)).toEqual({ api: 1, store: 2, port: 3, uiPort: 65535 });
});

test.each(
  Object.values(portVariables).flatMap((variable) =>
    ['0', '65536', '-1', '80.5', '1e3', ' 80', 'http', ''].map((value) => ({ variable, value })),
  ),
)('$variable="$value" is refused, by name', ({ variable, value }) => {
  expect(() => portsOf({ [variable]: value }, temporal)).toThrow(`${variable} is "${value}", not a port`);
});

test('every wrong one is named at once', () => {
  const environment = { PORT: 'a', SLIPWAY_STORE_PORT: 'b', SLIPWAY_TEMPORAL_UI_PORT: '7233' };
  expect(() => portsOf(environment, temporal)).toThrow(
    'PORT is "a", not a port; SLIPWAY_STORE_PORT is "b", not a port; SLIPWAY_TEMPORAL_PORT and SLIPWAY_TEMPORAL_UI_PORT are both 7233',
  );
});

const hasIpv6 = Object.values(os.networkInterfaces()).some((all) => all?.some(({ family }) => family === 'IPv6'));

describe('a port that is taken', () => {
  let server: Server;

  afterEach(() => {
    server.close();
  });

  test.each(['127.0.0.1', '0.0.0.0', ...(hasIpv6 ? ['::'] : [])])(
    'on %s is said, with who has it and what changes it',
    async (address) => {
      server = createServer().listen(0, address);
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const name = readFileSync('/proc/self/comm', 'utf8').trim();
      const error: unknown = await requireFreePort(port, 'SLIPWAY_STORE_PORT').catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(SetupError);
      expect(error).toMatchObject({
        message: `port ${port} is taken by ${name} (process ${process.pid})`,
        next: 'set SLIPWAY_STORE_PORT to another port',
      });
    },
  );
});

test('a port that is free is let pass', async () => {
  await expect(requireFreePort(await freePort(), 'PORT')).resolves.toBeUndefined();
});

test('free ports are none that a connection may have by chance, and differ', async () => {
  const [low] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split(/\s+/).map(Number);
  const ports = await Promise.all(Array.from({ length: 20 }, freePort));
  for (const port of ports) expect(port).toBeLessThan(low ?? 0);
  expect(new Set(ports).size).toBe(ports.length);
});

describe('who listens, of the text of /proc/net/tcp', () => {
  const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0000000000000000 100 0
   1: 0100007F:1F41 0100007F:1F40 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0000000000000000 20 4
   2: 0100007F:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4713 1 0000000000000000 100 0
  10: 00000000000000000000000000000000:1F40 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 4714 1 0
`;

  test.each([
    { name: 'of both versions of IP', port: 8000, inodes: ['4711', '4714'] },
    { name: 'a port of two digits', port: 80, inodes: ['4713'] },
    { name: 'not one that is only connected', port: 8001, inodes: [] },
    { name: 'not one that nobody has', port: 9000, inodes: [] },
  ])('$name', ({ port, inodes }) => {
    expect(listeningInodes(table, port)).toEqual(inodes);
  });
});
