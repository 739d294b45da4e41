import { changedSettings, requireRoom, settingsToRestart } from '../../../domain/planning/differences';
import type { Resource, ServerResource } from '../../../domain/planning/resources';
import { noPooler } from '../../../domain/spec';
import { databaseAt, engine, placed, small } from './model';

const wanted = databaseAt([placed('primary', 'north'), placed('standby', 'south')], {
  ...small,
  pooler: { ...noPooler, enabled: true },
});
const limit = small.size.memoryBytes;

/** The wanted servers as they run now, with this much memory in use by one of them. */
function using(instanceName: string, memoryUsedBytes: number): Resource[] {
  return wanted.map((one) =>
    one.kind === 'server' && one.name.endsWith(instanceName) ? { ...one, engine: { ...engine, memoryUsedBytes } } : one,
  );
}

test.each(['primary', 'standby'])('%s may not use more memory than it is to have', (instanceName) => {
  expect(() => requireRoom(using(instanceName, limit), wanted)).not.toThrow();
  let refusal: unknown;
  try {
    requireRoom(using(instanceName, limit + 1), wanted);
  } catch (error) {
    refusal = error;
  }
  expect(refusal).toMatchObject({
    code: 'size_in_use',
    message: expect.stringContaining(`-${instanceName} uses ${limit + 1} bytes`),
    details: { memoryUsedBytes: limit + 1, memoryBytes: limit },
  });
});

test('a server that is not there, or was not asked, uses nothing', () => {
  expect(() => requireRoom([], wanted)).not.toThrow();
  expect(() => requireRoom(wanted, wanted)).not.toThrow();
  expect(() => requireRoom(using('primary', limit + 1), [])).not.toThrow();
});

test('what has the name of a server and is none does not count', () => {
  const namesake: Resource[] = using('primary', limit + 1).map((one) =>
    one.kind === 'server' ? ({ ...one, kind: 'volume' } as unknown as Resource) : one,
  );
  expect(() => requireRoom(namesake, wanted)).not.toThrow();
});

test('settings that differ are listed by name, those that were added, changed or removed', () => {
  const [server] = wanted.filter((one): one is ServerResource => one.kind === 'server');
  if (server?.template == null) throw new Error('the wanted server has no template');
  const changed = { ...server, template: { ...server.template, settings: { same: '1', b: '2', zone: 'x' } } };
  const names = changedSettings({ settings: { same: '1', b: '1', a: '1' }, credentials: 1 }, changed);
  expect(names).toEqual(['a', 'b', 'zone']);
  expect(changedSettings({ settings: null, credentials: 1 }, changed)).toEqual(['b', 'same', 'zone']);
  const gone = { ...server, template: null };
  expect(changedSettings({ settings: { b: '1' }, credentials: 1 }, gone)).toEqual(['b']);
});

test('what needs a restart is what the engine says, and the table only if it was not asked', () => {
  const [server] = wanted.filter((one): one is ServerResource => one.kind === 'server');
  if (server?.template == null) throw new Error('the wanted server has no template');
  const settings = { max_connections: '50', work_mem: '8MB' };
  const changed = { ...server, template: { ...server.template, settings } };
  const asked = { ...server, engine: { ...engine, restartSettings: ['work_mem'] } };
  expect(settingsToRestart(asked, { settings: {}, credentials: 1 }, changed)).toEqual(['work_mem']);
  expect(settingsToRestart(server, { settings: {}, credentials: 1 }, changed)).toEqual(['max_connections']);
});
