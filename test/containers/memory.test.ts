import type { Backend, ExecSpec } from '../../containers/backend';
import { createMemoryBackend } from '../../containers/memory';
import { createResilientBackend } from '../../containers/resilience/backend';
import { defaultResilience } from '../../containers/resilience/settings';
import { DatabaseError } from '../../domain/errors';
import { newGate } from '../support/gate';
import { newInstallation } from '../support/installations';
import { holdsContract } from './contract';
import { create, createStarted, type Fixture, newFixture, present, written } from './fixtures';

const image = 'slipway/postgres:17';
const installation = newInstallation();

/** Stands for the one command that the contract runs. */
function exec(_name: string, { stdin = '' }: ExecSpec) {
  return { exitCode: 3, stdout: stdin, stderr: 'oh\n' };
}

function newBackend() {
  return createMemoryBackend({ images: [image], exec, logs: () => written });
}

describe('the backend in memory', () => {
  const backend = newBackend();
  const write = async (name: string, text: string): Promise<void> => backend.writeLog(name, text);
  holdsContract({ backend, image, installation, write });
});

describe('the backend in memory, behind breaker, bulkhead and deadlines', () => {
  const settings = { ...defaultResilience, hostId: 'h1', changed: () => undefined };
  const backend = newBackend();
  const write = async (name: string, text: string): Promise<void> => backend.writeLog(name, text);
  holdsContract({ backend: createResilientBackend(backend, settings), image, installation, write });
});

describe('what a test may do to it', () => {
  const unavailable = new DatabaseError('backend_unavailable', 'cut off by the test');
  let backend: ReturnType<typeof newBackend>;
  let fixture: Fixture;

  beforeEach(async () => {
    backend = newBackend();
    fixture = await newFixture(installation, image);
    await create(backend, fixture);
  });

  const start = (signal?: AbortSignal) =>
    backend.startContainer(fixture.name, fixture.labels, signal === undefined ? {} : { signal });

  test.each([
    { when: 'before' as const, state: 'created' },
    { when: 'after' as const, state: 'running' },
  ])(
    'a call that fails $when its effect leaves the container $state; the next try succeeds',
    async ({ when, state }) => {
      backend.intercept = {
        [when]: () => {
          backend.intercept = {};
          throw unavailable;
        },
      };
      await expect(start()).rejects.toBe(unavailable);
      expect((await backend.inspectContainer(fixture.name))?.state).toBe(state);
      await start();
      expect((await backend.inspectContainer(fixture.name))?.state).toBe('running');
    },
  );

  test('a call is held until it is let go, and its caller need not wait', async () => {
    const gate = newGate();
    backend.intercept = { before: (call) => (call === 'startContainer' ? gate.opened : undefined) };
    const held = start();
    const caller = new AbortController();
    const impatient = start(caller.signal);
    caller.abort(new Error('tired of waiting'));
    await expect(impatient).rejects.toThrow('tired of waiting');
    expect((await backend.inspectContainer(fixture.name))?.state).toBe('created');
    gate.open();
    await held;
    expect((await backend.inspectContainer(fixture.name))?.state).toBe('running');
  });

  test('the calls are kept in order', () => {
    const { name } = fixture;
    expect(backend.calls).toEqual([`ensureNetwork ${name}`, `ensureVolume ${name}`, `ensureContainer ${name}`]);
  });

  test('a volume without a container cannot be read on a host without an image (M18)', async () => {
    const bare = createMemoryBackend({ images: [] });
    await bare.ensureVolume(fixture.volume);
    expect(await bare.peekVolume({ ...fixture.volume, paths: [], ignored: [] })).toBe('unreadable');
  });

  test('files are found by their path in the volume', async () => {
    const { mountPath } = fixture.container.volume;
    await backend.putFiles(fixture.name, `${mountPath}/conf.d`, [{ name: 'a.conf', content: 'a = 1', mode: 0o644 }]);
    expect([...backend.filesOf(fixture.volume.name)]).toEqual([['conf.d/a.conf', 'a = 1']]);
  });

  test.each<keyof Backend>(['stopContainer', 'removeContainer', 'exec', 'putFiles', 'stats'])(
    'a host without %s says not_supported and changes nothing (B14, B15)',
    async (call) => {
      const fresh = newBackend();
      await createStarted(fresh, fixture);
      const called = [...fresh.calls];
      fresh.unsupported.add(call);
      const calls: Partial<Record<keyof Backend, () => Promise<unknown>>> = {
        stopContainer: () => fresh.stopContainer(fixture.name, fixture.labels),
        removeContainer: () => fresh.removeContainer(fixture.name, fixture.labels),
        exec: () => fresh.exec(fixture.name, { command: ['true'], timeoutSeconds: 1 }),
        putFiles: () => fresh.putFiles(fixture.name, '/', [{ name: 'a', content: '', mode: 0o600 }]),
        stats: () => fresh.stats(fixture.name),
      };
      await expect(calls[call]?.()).rejects.toMatchObject({ code: 'not_supported' });
      expect(fresh.calls).toEqual(called);
      expect(fresh.filesOf(fixture.volume.name).size).toBe(0);
      expect(await present(fresh, fixture)).toEqual(['container running', 'network', 'volume']);
    },
  );
});
