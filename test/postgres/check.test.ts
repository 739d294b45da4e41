import type { Socket } from 'node:net';
import { freePort } from '../../dev/stack/ports';
import { checkEngine, checkErrorOf } from '../../postgres/check';
import { serverUrl } from '../support/database';
import { createListeners, errorResponse } from './listeners';

const login = { user: 'slipway_monitor', password: 'hunter2', database: 'postgres' };
const listeners = createListeners();
afterEach(() => listeners.closeAll());

test.each([
  ['28P01', 'password authentication failed for user "slipway_monitor"', 'authentication_failed'],
  ['28000', 'no pg_hba.conf entry', 'authentication_failed'],
  ['53100', 'could not extend file: No space left on device', 'disk_full'],
  ['53200', 'out of memory', 'out_of_memory'],
  ['53300', 'sorry, too many clients already', 'too_many_connections'],
  ['57P01', 'terminating connection due to administrator command', 'shutting_down'],
  ['57P03', 'the database system is starting up', 'starting_up'],
  ['57P03', 'the database system is in recovery mode', 'recovery_in_progress'],
  ['57P03', 'the database system is shutting down', 'shutting_down'],
  ['XX000', 'cache lookup failed', 'engine_error'],
])('an engine that refuses with %s, %s, has %s (E05)', async (sqlState, message, code) => {
  const address = await listeners.open((socket) =>
    socket.once('data', () => socket.end(errorResponse(sqlState, message))),
  );
  const error = await checkEngine({ ...address, ...login }, 2_000);
  expect(error).toEqual({ code, message: `the engine reported ${sqlState}: ${message}` });
  expect(error?.message).not.toContain(login.password);
});

test.each<[string, string, (socket: Socket) => void, number]>([
  ['says nothing', 'timeout', () => undefined, 300],
  ['hangs up', 'connection_lost', (socket) => socket.destroy(), 10_000],
])('a port that %s is %s (E04, E05)', async (_name, code, meet, timeoutMs) => {
  const address = await listeners.open(meet);
  expect(await checkEngine({ ...address, ...login }, timeoutMs)).toMatchObject({ code });
});

test('a closed port refuses (E05)', async () => {
  const address = { host: '127.0.0.1', port: await freePort() };
  expect(await checkEngine({ ...address, ...login }, 1_000)).toMatchObject({ code: 'connection_refused' });
});

test('a network that leads nowhere is named (E05)', () => {
  expect(checkErrorOf(Object.assign(new Error('connect EHOSTUNREACH'), { code: 'EHOSTUNREACH' })).code).toBe(
    'host_unreachable',
  );
  expect(checkErrorOf(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })).code).toBe(
    'connection_lost',
  );
  expect(checkErrorOf(new Error('something else')).code).toBe('engine_error');
});

test('an engine that answers has nothing wrong; one that refuses the login has (E05)', async () => {
  const { hostname: host, port, username: user, password, pathname } = new URL(serverUrl());
  const connection = { host, port: Number(port), user, password, database: pathname.slice(1) };
  expect(await checkEngine(connection, 5_000)).toBeNull();
});
