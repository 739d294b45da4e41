import type { Backend, Call } from '../../containers/backend';
import { eventually } from '../support/eventually';
import { create, createStarted, type Fixture, newFixture, present, written } from './fixtures';

/** What the contract is held against. The backend's containers run or imitate the fixtures' program. */
export interface Subject {
  readonly backend: Backend;
  readonly image: string;
  readonly installation: string;
  /** Lets a running container write a line to its log. */
  readonly write: (name: string, text: string) => Promise<void>;
}

/** What every implementation of the containers port promises. */
export function holdsContract({ backend, image, installation, write }: Subject): void {
  let fixture: Fixture;

  beforeEach(async () => {
    fixture = await newFixture(installation, image);
  });

  const everything = ['container created', 'network', 'volume'];

  /** Every change, as the fixture wants it, or with other labels. */
  const changes = {
    ensureNetwork: (labels = fixture.labels, call?: Call) =>
      backend.ensureNetwork({ ...fixture.network, labels }, call),
    ensureVolume: (labels = fixture.labels, call?: Call) => backend.ensureVolume({ ...fixture.volume, labels }, call),
    ensureContainer: (labels = fixture.labels, call?: Call) =>
      backend.ensureContainer({ ...fixture.container, labels }, call),
    startContainer: (labels = fixture.labels, call?: Call) => backend.startContainer(fixture.name, labels, call),
    stopContainer: (labels = fixture.labels, call?: Call) => backend.stopContainer(fixture.name, labels, call),
    removeContainer: (labels = fixture.labels, call?: Call) => backend.removeContainer(fixture.name, labels, call),
    removeNetwork: (labels = fixture.labels, call?: Call) => backend.removeNetwork(fixture.name, labels, call),
    removeVolume: (labels = fixture.labels, call?: Call) => backend.removeVolume(fixture.name, labels, call),
  };
  const changeNames = Object.keys(changes) as (keyof typeof changes)[];

  async function networkId(): Promise<string | undefined> {
    const networks = (await backend.list(fixture.labels)).filter((object) => object.kind === 'network');
    return networks[0]?.id;
  }

  test('a life: made, started, stopped, started again and removed, with every step repeated (A11)', async () => {
    const states: string[][] = [];
    for (const name of [...changeNames.slice(0, 5), 'startContainer' as const, ...changeNames.slice(5)]) {
      await changes[name]();
      await changes[name]();
      states.push(await present(backend, fixture));
    }
    expect(states).toEqual([
      ['network'],
      ['network', 'volume'],
      ['container created', 'network', 'volume'],
      ['container running', 'network', 'volume'],
      ['container exited', 'network', 'volume'],
      ['container running', 'network', 'volume'],
      ['network', 'volume'],
      ['volume'],
      [],
    ]);
  });

  test('its engine has an id, the same each time', async () => {
    const id = await backend.engineId();
    expect(id).toMatch(/./);
    expect(await backend.engineId()).toBe(id);
  });

  test('its engine started before its containers, if it tells when', async () => {
    await createStarted(backend, fixture);
    const engineStartedAt = await backend.engineStartedAt();
    const { startedAt } = (await backend.inspectContainer(fixture.name)) ?? { startedAt: null };
    if (engineStartedAt !== null) expect(startedAt?.getTime()).toBeGreaterThanOrEqual(engineStartedAt.getTime());
  });

  test('its limits are changed while it runs and while it does not, and nothing else of it (B22)', async () => {
    await createStarted(backend, fixture);
    const { name, labels } = fixture;
    const before = await backend.inspectContainer(name);
    const more = { nanoCpus: 300_000_000, memoryBytes: 96 * 1024 ** 2 };
    await backend.updateContainer(name, labels, more);
    expect(await backend.inspectContainer(name)).toEqual({ ...before, ...more });
    await backend.stopContainer(name, labels);
    const less = { nanoCpus: 200_000_000, memoryBytes: 64 * 1024 ** 2 };
    await backend.updateContainer(name, labels, less);
    expect(await backend.inspectContainer(name)).toMatchObject({ ...less, state: 'exited' });
    const missing = backend.updateContainer('slipway-none', labels, less);
    await expect(missing).rejects.toMatchObject({ code: 'container_missing' });
  });

  test('a started container shows what it was given, and after its stop how it ended', async () => {
    const { name, container, labels } = fixture;
    await createStarted(backend, fixture);
    const running = await backend.inspectContainer(name);
    expect(running).toMatchObject({
      kind: 'container',
      name,
      labels,
      image,
      state: 'running',
      exitCode: null,
      oomKilled: false,
      nanoCpus: container.nanoCpus,
      memoryBytes: container.memoryBytes,
      hostPort: container.publish.hostPort,
      volumes: [container.volume.name],
      networks: { [container.network.name]: await networkId() },
    });
    expect(running?.startedAt?.getTime()).toBeGreaterThan(Date.now() - 60_000);
    await backend.stopContainer(name, labels);
    expect(await backend.inspectContainer(name)).toMatchObject({ state: 'exited', exitCode: 0, hostPort: null });
  });

  test('a container shows its network by id: one that was made anew is another, which it is not on', async () => {
    const { name, labels, container } = fixture;
    await create(backend, fixture);
    expect((await backend.inspectContainer(name))?.networks).toEqual({ [container.network.name]: null });
    await backend.startContainer(name, labels);
    const first = await networkId();
    await backend.stopContainer(name, labels);
    await changes.removeNetwork();
    await changes.ensureNetwork();
    expect(await networkId()).not.toBe(first);
    const { networks } = (await backend.inspectContainer(name)) ?? {};
    expect(networks?.[container.network.name] ?? null).not.toBe(await networkId());
    await expect(backend.startContainer(name, labels)).rejects.toMatchObject({ code: expect.any(String) });
  });

  test('a running container is paused and resumed, each repeated (A11, B11, B12)', async () => {
    const { name, labels } = fixture;
    await createStarted(backend, fixture);
    const states: (string | undefined)[] = [];
    for (const call of ['pauseContainer', 'pauseContainer', 'resumeContainer', 'resumeContainer'] as const) {
      await backend[call](name, labels);
      states.push((await backend.inspectContainer(name))?.state);
    }
    expect(states).toEqual(['paused', 'paused', 'running', 'running']);
    expect((await backend.inspectContainer(name))?.hostPort).toBe(fixture.container.publish.hostPort);
  });

  test.each(['pauseContainer', 'resumeContainer'] as const)(
    '%s of what does not run is container_exited, and changes nothing',
    async (call) => {
      await create(backend, fixture);
      await expect(backend[call](fixture.name, fixture.labels)).rejects.toMatchObject({ code: 'container_exited' });
      expect(await present(backend, fixture)).toEqual(everything);
    },
  );

  test('a paused container is stopped', async () => {
    await createStarted(backend, fixture);
    await backend.pauseContainer(fixture.name, fixture.labels);
    await backend.stopContainer(fixture.name, fixture.labels);
    expect(await present(backend, fixture)).toContain('container exited');
  });

  test('a container that never ran has no start and no exit code, and stopping it is success', async () => {
    await create(backend, fixture);
    await backend.stopContainer(fixture.name, fixture.labels);
    const observed = await backend.inspectContainer(fixture.name);
    expect(observed).toMatchObject({ state: 'created', startedAt: null, exitCode: null, hostPort: null });
  });

  test('a container that exists is left as it is', async () => {
    await create(backend, fixture);
    const before = await backend.inspectContainer(fixture.name);
    await backend.ensureContainer({ ...fixture.container, memoryBytes: 2 * fixture.container.memoryBytes });
    expect(await backend.inspectContainer(fixture.name)).toEqual(before);
  });

  test('what is not there is null, and its removal is success', async () => {
    expect(await backend.inspectContainer(fixture.name)).toBeNull();
    await changes.removeContainer();
    await changes.removeNetwork();
    await changes.removeVolume();
  });

  test('ten at once who want the same network end with one', async () => {
    await Promise.all(Array.from({ length: 10 }, () => backend.ensureNetwork(fixture.network)));
    expect(await present(backend, fixture)).toEqual(['network']);
  });

  test('five at once who want the same container end with one', async () => {
    await backend.ensureNetwork(fixture.network);
    await backend.ensureVolume(fixture.volume);
    await Promise.all(Array.from({ length: 5 }, () => backend.ensureContainer(fixture.container)));
    expect(await present(backend, fixture)).toEqual(everything);
  });

  test.each(changeNames)('%s refuses an object of our name that is not ours', async (name) => {
    await create(backend, fixture);
    const call = changes[name](fixture.foreign);
    await expect(call).rejects.toMatchObject({ code: 'name_taken' });
    expect(await present(backend, fixture)).toEqual(everything);
  });

  test.each(changeNames)('%s for labels that name no owner touches nothing', async (name) => {
    await create(backend, fixture);
    await expect(changes[name]({})).rejects.toMatchObject({ code: 'name_taken' });
    expect(await present(backend, fixture)).toEqual(everything);
  });

  test.each(changeNames)('%s whose caller has gone rejects with its reason and changes nothing', async (name) => {
    const reason = new Error('the caller is gone');
    await create(backend, fixture);
    const call = changes[name](fixture.labels, { signal: AbortSignal.abort(reason) });
    await expect(call).rejects.toBe(reason);
    expect(await present(backend, fixture)).toEqual(everything);
  });

  test('a container whose volume is gone is refused, and no empty volume takes its place (A08)', async () => {
    await backend.ensureNetwork(fixture.network);
    await expect(backend.ensureContainer(fixture.container)).rejects.toMatchObject({ code: 'volume_missing' });
    expect(await present(backend, fixture)).toEqual(['network']);
  });

  test.each([
    { part: 'volume', change: () => ({ volume: { ...fixture.volume, labels: fixture.foreign } }) },
    { part: 'network', change: () => ({ network: { ...fixture.network, labels: fixture.foreign } }) },
  ])('a container is not made with the $part of somebody else', async ({ change }) => {
    const foreign = { ...fixture, ...change() };
    await expect(create(backend, foreign)).rejects.toMatchObject({ code: 'name_taken' });
    expect(await backend.inspectContainer(fixture.name)).toBeNull();
    await backend.removeNetwork(fixture.name, foreign.network.labels);
    await backend.removeVolume(fixture.name, foreign.volume.labels);
  });

  test('a container without a volume has a life too, and takes no file', async () => {
    const { name, labels, network } = fixture;
    await backend.ensureNetwork(network);
    await backend.ensureContainer({ ...fixture.container, volume: null });
    await backend.startContainer(name, labels);
    expect(await backend.inspectContainer(name)).toMatchObject({ state: 'running', volumes: [] });
    const file = { name: 'settings.conf', content: 'a = 1', mode: 0o644 };
    await expect(backend.putFiles(name, '/etc', [file])).rejects.toMatchObject({ code: 'backend_error' });
    await backend.stopContainer(name, labels);
    expect(await present(backend, fixture)).toEqual(['container exited', 'network']);
    await backend.removeContainer(name, labels);
    expect(await present(backend, fixture)).toEqual(['network']);
  });

  test('a container without a volume still needs its network', async () => {
    const call = backend.ensureContainer({ ...fixture.container, volume: null });
    await expect(call).rejects.toMatchObject({ code: 'backend_error' });
  });

  test('a container whose network or image is missing is not made', async () => {
    await backend.ensureVolume(fixture.volume);
    await expect(backend.ensureContainer(fixture.container)).rejects.toMatchObject({ code: 'backend_error' });
    await backend.ensureNetwork(fixture.network);
    const imageless = backend.ensureContainer({ ...fixture.container, image: 'slipway/no-such-image:1' });
    await expect(imageless).rejects.toMatchObject({ code: 'image_not_found' });
    expect(await present(backend, fixture)).toEqual(['network', 'volume']);
  });

  test('an image that is there is ensured; one that is neither there nor to be had is image_not_found', async () => {
    await backend.ensureImage(image);
    const missing = backend.ensureImage('slipway.invalid/no-such-image:1');
    await expect(missing).rejects.toMatchObject({ code: 'image_not_found' });
  });

  test('a volume has one container, and stays while it has it', async () => {
    await create(backend, fixture);
    const other = { ...fixture.container, name: `${fixture.name}-other` };
    await expect(backend.ensureContainer(other)).rejects.toMatchObject({ code: 'volume_in_use' });
    await expect(changes.removeVolume()).rejects.toMatchObject({ code: 'volume_in_use' });
    expect(await present(backend, fixture)).toEqual(everything);
  });

  test('a port that is taken refuses the start, and is free again after the other stopped', async () => {
    const other = await newFixture(installation, image);
    await createStarted(backend, other);
    await create(backend, { ...fixture, container: { ...fixture.container, publish: other.container.publish } });
    await expect(changes.startContainer()).rejects.toMatchObject({ code: 'port_taken' });
    expect((await backend.inspectContainer(fixture.name))?.state).toBe('created');
    await backend.stopContainer(other.name, other.labels);
    await changes.startContainer();
    expect((await backend.inspectContainer(fixture.name))?.hostPort).toBe(other.container.publish.hostPort);
  });

  test.each([
    { call: 'startContainer', run: () => changes.startContainer() },
    { call: 'stopContainer', run: () => changes.stopContainer() },
    { call: 'pauseContainer', run: () => backend.pauseContainer(fixture.name, fixture.labels) },
    { call: 'resumeContainer', run: () => backend.resumeContainer(fixture.name, fixture.labels) },
    { call: 'exec', run: () => backend.exec(fixture.name, { command: ['true'], timeoutSeconds: 5 }) },
    { call: 'putFiles', run: () => backend.putFiles(fixture.name, fixture.container.volume.mountPath, []) },
  ])('$call without a container is container_missing', async ({ run }) => {
    await expect(run()).rejects.toMatchObject({ code: 'container_missing' });
  });

  test('a list has what carries the labels, and nothing else', async () => {
    const other = await newFixture(installation, image);
    await backend.ensureVolume(other.volume);
    await create(backend, fixture);
    const listed = await backend.list(fixture.labels);
    expect(listed.map(({ kind, name }) => `${kind} ${name}`).sort()).toEqual(
      ['container', 'network', 'volume'].map((kind) => `${kind} ${fixture.name}`),
    );
    expect(listed.every((object) => object.labels['slipway.database'] === fixture.labels['slipway.database'])).toBe(
      true,
    );
  });

  test('files are put whether the container runs, ran or never did; only into its volume', async () => {
    const { name, container, labels } = fixture;
    const files = [{ name: 'settings.conf', content: 'a = 1', mode: 0o644 }];
    const { mountPath } = container.volume;
    await create(backend, fixture);
    await backend.putFiles(name, mountPath, files);
    await backend.startContainer(name, labels);
    await backend.putFiles(name, mountPath, files);
    await expect(backend.putFiles(name, '/etc', files)).rejects.toMatchObject({ code: 'backend_error' });
    await backend.stopContainer(name, labels);
    await backend.putFiles(name, mountPath, files);
  });

  describe('a look into a volume', () => {
    const paths = ['ours/first', 'ours/second', 'data'];
    const look = () => backend.peekVolume({ ...fixture.volume, paths, ignored: ['ours', 'lock'] });
    const put = (...names: string[]) =>
      backend.putFiles(
        fixture.name,
        fixture.container.volume.mountPath,
        names.map((name) => ({ name, content: 'a', mode: 0o644 })),
      );

    test.each<[string, (() => Promise<void>)[]]>([
      ['is created', []],
      ['runs', [() => changes.startContainer()]],
      ['is paused', [() => changes.startContainer(), () => backend.pauseContainer(fixture.name, fixture.labels)]],
      ['has stopped', [() => changes.startContainer(), () => changes.stopContainer()]],
      ['is gone', [() => changes.removeContainer()]],
    ])('finds the first of the paths while its container %s, and leaves nothing (M18)', async (_state, steps) => {
      await create(backend, fixture);
      await put('data/1', 'ours/second');
      for (const step of steps) await step();
      const before = await present(backend, fixture);
      expect(await look()).toEqual({ path: 'ours/second' });
      expect(await present(backend, fixture)).toEqual(before);
    });

    test('prefers an earlier path to a later one', async () => {
      await create(backend, fixture);
      await put('data/1', 'ours/second', 'ours/first');
      expect(await look()).toEqual({ path: 'ours/first' });
    });

    test('finds nothing in a missing volume, and does not create it', async () => {
      expect(await look()).toEqual({ path: null });
      expect(await present(backend, fixture)).toEqual([]);
    });

    test('finds nothing in an empty volume, with or without a container, or in one that is only half made (M18)', async () => {
      await backend.ensureVolume(fixture.volume);
      expect(await look()).toEqual({ path: null });
      await create(backend, fixture);
      expect(await look()).toEqual({ path: null });
      await put('lock', 'ours/third');
      expect(await look()).toEqual({ path: null });
    });

    test('finds what somebody else has put there', async () => {
      await create(backend, fixture);
      await put('lock', 'data.old/1');
      expect(await look()).toEqual({ path: 'data.old' });
    });
  });

  test('a command gets its input, and its outputs and exit code come back', async () => {
    await createStarted(backend, fixture);
    const command = ['bash', '-c', 'cat; echo oh >&2; exit 3'];
    const result = await backend.exec(fixture.name, { command, stdin: 'secret', timeoutSeconds: 10 });
    expect(result).toEqual({ exitCode: 3, stdout: 'secret', stderr: 'oh\n' });
  });

  test('a command in a container that does not run is container_exited', async () => {
    await create(backend, fixture);
    const call = backend.exec(fixture.name, { command: ['true'], timeoutSeconds: 5 });
    await expect(call).rejects.toMatchObject({ code: 'container_exited' });
  });

  test('the log has the last lines, oldest first, also after the container stopped', async () => {
    const { name, labels } = fixture;
    await createStarted(backend, fixture);
    const whole = await eventually(async () => {
      const lines = await backend.logs(name, { tail: 100 });
      expect(lines.map(({ text }) => text)).toEqual(written);
      return lines;
    });
    expect(whole.every(({ at, stream }) => stream === 'stdout' && Date.parse(at) > Date.now() - 60_000)).toBe(true);
    const since = whole[2]?.at;
    expect(since).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
    expect(await backend.logs(name, { tail: 100, since })).toEqual(whole.slice(2));
    expect(await backend.logs(name, { tail: 0 })).toEqual([]);
    await backend.stopContainer(name, labels);
    expect((await backend.logs(name, { tail: 2 })).map(({ text }) => text)).toEqual(written.slice(-2));
    await backend.removeContainer(name, labels);
    expect(await backend.logs(name, { tail: 2 })).toEqual([]);
  });

  test('a log is followed from where it is asked for, until the container stops', async () => {
    const { name, labels } = fixture;
    await createStarted(backend, fixture);
    const whole = await eventually(async () => {
      const lines = await backend.logs(name, { tail: 100 });
      expect(lines).toHaveLength(written.length);
      return lines;
    });
    const ranges = [{}, { tail: 2 }, { tail: 0 }, { since: whole[3]?.at }, { since: whole[3]?.at, tail: 1 }];
    const streams = await Promise.all(ranges.map((range) => backend.followLogs(name, range)));
    const read = streams.map(async (lines) => {
      const texts: string[] = [];
      for await (const { text } of lines) texts.push(text);
      return texts;
    });
    await write(name, 'news');
    await backend.stopContainer(name, labels);
    expect(await Promise.all(read)).toEqual(
      [written, written.slice(-2), [], written.slice(3), written.slice(-1)].map((lines) => [...lines, 'news']),
    );
  });

  test('following a container that has stopped ends with its log, and one that is gone at once', async () => {
    const { name, labels } = fixture;
    const texts = async (): Promise<string[]> => {
      const found: string[] = [];
      for await (const { text } of await backend.followLogs(name, {})) found.push(text);
      return found;
    };
    await createStarted(backend, fixture);
    await eventually(async () => expect(await backend.logs(name, { tail: 100 })).toHaveLength(written.length));
    await backend.stopContainer(name, labels);
    expect(await texts()).toEqual(written);
    await backend.removeContainer(name, labels);
    expect(await texts()).toEqual([]);
  });

  test('who follows a log and goes gets its own reason, although nothing is written', async () => {
    await createStarted(backend, fixture);
    const caller = new AbortController();
    const reason = new Error('the caller is gone');
    const lines = await backend.followLogs(fixture.name, {}, { signal: caller.signal });
    const following = (async () => {
      for await (const { text } of lines) if (text === written.at(-1)) caller.abort(reason);
    })();
    await expect(following).rejects.toBe(reason);
  });

  test('a running container has its use measured, any other has none', async () => {
    const { name, labels, container } = fixture;
    expect(await backend.stats(name)).toBeNull();
    await createStarted(backend, fixture);
    const stats = await backend.stats(name);
    expect(stats).toMatchObject({ at: expect.any(Date), memoryLimitBytes: container.memoryBytes });
    const { at, ...counters } = stats ?? {};
    for (const counter of Object.values(counters)) expect(counter).toBeGreaterThanOrEqual(0);
    await backend.stopContainer(name, labels);
    expect(await backend.stats(name)).toBeNull();
  });

  test('events tell what happens to the containers of these labels from now on, until the caller goes', async () => {
    const { name, labels } = fixture;
    const other = await newFixture(installation, image);
    await create(backend, fixture);
    const caller = new AbortController();
    const events = await backend.events(labels, { signal: caller.signal });
    await createStarted(backend, other);
    await backend.startContainer(name, labels);
    await backend.removeContainer(name, labels);
    const seen: string[] = [];
    const reason = new Error('the caller is gone');
    const watching = (async () => {
      for await (const event of events) {
        expect(event).toMatchObject({ name, labels, at: expect.any(Date) });
        seen.push(event.action);
        if (event.action === 'destroy') caller.abort(reason);
      }
    })();
    await expect(watching).rejects.toBe(reason);
    expect(seen).toEqual(['start', 'die', 'destroy']);
  });
}
