import fc from 'fast-check';
import { volumeName } from '../../../domain/names';
import { removesOf } from '../../../domain/operations/goal';
import { operationKinds } from '../../../domain/operations/kinds';
import { plannable } from '../../../domain/planning/drift';
import { planChange } from '../../../domain/planning/plan';
import { type Placement, type Resource, type VolumeResource, volumesOf } from '../../../domain/planning/resources';
import { dataDestroyingSteps, type Plan, type Step } from '../../../domain/planning/steps';
import { noExporter, noPooler, powers, type Spec, sizeClasses } from '../../../domain/spec';
import { appliedIn, applyStep, applySteps, asFoundIn, databaseAt, observe, owner, placed, type World } from './model';

const runs = { numRuns: 500 };

/** Sidecars are made beside what runs; of others they are left as they are, which the table has. */
const specs: fc.Arbitrary<Spec> = fc
  .record({
    version: fc.constantFrom('16', '17', '18'),
    size: fc.constantFrom(...Object.values(sizeClasses)),
    parameters: fc.dictionary(fc.constantFrom('work_mem', 'max_connections'), fc.constantFrom('64', '80')),
    power: fc.constantFrom(...powers),
    credentials: fc.constant(1),
    pooler: fc.boolean().map((enabled) => ({ ...noPooler, enabled })),
    exporter: fc.boolean().map((enabled) => ({ enabled })),
  })
  .map((spec) => (spec.power === 'running' ? spec : { ...spec, pooler: noPooler, exporter: noExporter }));

/** One to three instances on two hosts. */
function placementsWith(initialized: fc.Arbitrary<boolean>): fc.Arbitrary<Placement[]> {
  const placement = fc
    .tuple(fc.constantFrom('primary', 'standby-1', 'standby-2'), fc.constantFrom('north', 'south'), initialized)
    .map((parts) => placed(...parts));
  return fc.uniqueArray(placement, { selector: ({ instanceName }) => instanceName, minLength: 1, maxLength: 3 });
}

/** All that a database consists of, or nothing at all. */
function databasesWith(initialized: fc.Arbitrary<boolean>): fc.Arbitrary<Resource[]> {
  const parts = fc.tuple(placementsWith(initialized), fc.option(specs, { freq: 4 }));
  return parts.map(([placements, spec]) => databaseAt(placements, spec));
}

/** As an operation plans that may remove everything: from what is seen, and what the engines were told. */
function planned(world: World, wanted: readonly Resource[], removes: 'unused' | 'all' = 'all'): Plan {
  return planChange(observe(world), wanted, { awaitRunning: false, applied: appliedIn(world), removes });
}

/** What is wanted is there, and its engines have the settings that are wanted. */
function expectWorld(world: World, wanted: readonly Resource[]): void {
  expect(observe(world)).toEqual(observe(wanted));
  for (const [instanceId, { settings }] of appliedIn(wanted)) {
    expect(appliedIn(world).get(instanceId)?.settings).toEqual(settings);
  }
}

const databases = databasesWith(fc.boolean());
const readyDatabases = databasesWith(fc.constant(true));

/** What somebody else may have left of a database: things are gone, servers are stopped. */
const leftovers: fc.Arbitrary<World> = databases.chain((resources) =>
  fc.tuple(...resources.map((resource) => fateOf(resource))).map((fates) => fates.flat()),
);

function fateOf(resource: Resource): fc.Arbitrary<Resource[]> {
  if (resource.kind === 'sidecar')
    return fc.constantFrom<Resource[]>([resource], [{ ...resource, isRunning: false }], []);
  if (resource.kind !== 'server') return fc.constantFrom<Resource[]>([resource], []);
  return fc.constantFrom<Resource[]>(
    [resource],
    [{ ...resource, power: 'stopped' }],
    [{ ...resource, power: 'paused' }],
    [],
  );
}

/** A moment in a plan: the phases before one are done, and any of its own steps, as they go on together. */
function momentsIn(plan: Plan): fc.Arbitrary<Step[]> {
  return fc.nat(plan.length).chain((count) => {
    const done = plan.slice(0, count).flat();
    return fc.shuffledSubarray([...(plan[count] ?? [])]).map((some) => [...done, ...some]);
  });
}

const changes = fc
  .record({ former: databases, wanted: databases })
  .map(({ former, wanted }) => ({ former, wanted: asFoundIn(former, wanted) }));

/** A change that was broken off. */
const brokenOff = changes.chain(({ former, wanted }) =>
  momentsIn(planned(former, wanted)).map((done) => ({ former, wanted, done })),
);

test('a plan that is applied gives what is wanted', () => {
  fc.assert(
    fc.property(changes, ({ former, wanted }) => {
      const plan = planned(former, wanted);
      expectWorld(applySteps(former, plan.flat()), wanted);
    }),
    runs,
  );
});

test('a plan gives what is wanted from whatever is left of a database', () => {
  fc.assert(
    fc.property(leftovers, databases, (left, resources) => {
      const wanted = asFoundIn(left, resources);
      const plan = planned(left, wanted);
      expectWorld(applySteps(left, plan.flat()), wanted);
    }),
    runs,
  );
});

test('the steps of a phase may be taken in any order', () => {
  const shuffled = changes.chain(({ former, wanted }) => {
    const phases = planned(former, wanted);
    const orders = phases.map((phase) => fc.shuffledSubarray([...phase], { minLength: phase.length }));
    return fc.tuple(...orders).map((plan) => ({ former, wanted, plan }));
  });
  fc.assert(
    fc.property(shuffled, ({ former, wanted, plan }) => {
      expectWorld(applySteps(former, plan.flat()), wanted);
    }),
    runs,
  );
});

test('once a plan is applied, planning again gives no step', () => {
  fc.assert(
    fc.property(databases, readyDatabases, (former, wanted) => {
      const after = applySteps(former, planned(former, asFoundIn(former, wanted)).flat());
      expect(planned(after, wanted)).toEqual([]);
    }),
    runs,
  );
});

test('a plan that was broken off at any step is carried on by planning again', () => {
  fc.assert(
    fc.property(brokenOff, ({ former, wanted, done }) => {
      const midway = applySteps(former, done);
      const rest = planned(midway, wanted);
      expectWorld(applySteps(midway, rest.flat()), wanted);
    }),
    runs,
  );
});

test('until a step that destroys data, planning back gives what was before, with every volume as it was', () => {
  const before = brokenOff.filter(({ done }) => !done.some((step) => dataDestroyingSteps.includes(step.do)));
  fc.assert(
    fc.property(before, ({ former, done }) => {
      const midway = applySteps(former, done);
      const back = planned(midway, former).flat();
      expectWorld(applySteps(midway, back), former);
      expect(back.filter((step) => step.do === 'ensureVolume')).toEqual([]);
    }),
    runs,
  );
});

test('a volume that is wanted before and after is never removed, not even in passing', () => {
  fc.assert(
    fc.property(changes, ({ former, wanted }) => {
      const kept = former.filter((one) => one.kind === 'volume' && hasVolume(wanted, one));
      let world: World = former;
      for (const step of planned(former, wanted).flat()) {
        world = applyStep(world, step);
        expect(kept.every((volume) => hasVolume(world, volume))).toBe(true);
      }
    }),
    runs,
  );
});

test('no plan removes a volume of no instance on record, whatever it leads to (M12)', () => {
  const spare = fc.constantFrom<Resource>(
    { kind: 'volume', name: `${volumeName(owner, 'primary')}-copy`, hostId: 'north' },
    { kind: 'volume', name: volumeName(owner, 'standby-9'), hostId: 'south' },
  );
  fc.assert(
    fc.property(leftovers, databases, placementsWith(fc.boolean()), spare, (left, wanted, placements, volume) => {
      const recorded = volumesOf(owner, placements);
      const plan = planned(plannable([...left, volume], recorded), wanted);
      const removed = plan.flat().filter((step) => step.do === 'removeVolume');
      expect(removed.map((step) => step.with.name)).not.toContain(volume.name);
      expect(removed.every(({ hostId, with: { name } }) => hasVolume(recorded, { kind: 'volume', name, hostId }))).toBe(
        true,
      );
    }),
    runs,
  );
});

test('only a delete and a purge remove a volume that is used, or of which nobody knows (M12)', () => {
  const uses = fc.constantFrom<Partial<VolumeResource>>({ used: 'yes' }, { used: 'no' }, { used: 'unknown' }, {});
  const volumes = leftovers.chain((left) =>
    fc.tuple(...left.map((one) => uses.map((use): Resource => (one.kind === 'volume' ? { ...one, ...use } : one)))),
  );
  const kindsOfOperations = fc.constantFrom(...operationKinds.filter((kind) => kind !== 'delete' && kind !== 'purge'));
  fc.assert(
    fc.property(volumes, databases, kindsOfOperations, (left, wanted, kind) => {
      const removed = planned(left, wanted, removesOf({ kind, input: {} })).flatMap((phase) =>
        phase.filter((step) => step.do === 'removeVolume'),
      );
      const unusedAndUnwanted = left.filter(
        (one) => one.kind === 'volume' && one.used === 'no' && !hasVolume(wanted, one),
      );
      expect(removed.map(({ hostId, with: { name } }) => `${hostId} ${name}`).sort()).toEqual(
        unusedAndUnwanted.map(({ hostId, name }) => `${hostId} ${name}`).sort(),
      );
    }),
    runs,
  );
});

test('a new volume is marked as used last, and only a plan that does so lets it look unused before (M17)', () => {
  fc.assert(
    fc.property(leftovers, databases, (left, wanted) => {
      const phases = planned(left, wanted).map((phase) => phase.map((step) => step.do));
      const marking = phases.findIndex((steps) => steps.includes('markUsed'));
      const later = marking < 0 ? [] : phases.slice(marking + 1).flat();
      expect(later.filter((step) => !step.startsWith('remove'))).toEqual([]);
      const steps = planned(left, wanted).flat();
      const marked = steps.flatMap((step) => (step.do === 'markUsed' ? [`${step.hostId} ${step.with.name}`] : []));
      for (const step of steps) {
        if (step.do !== 'ensureServer' && step.do !== 'createServer') continue;
        expect(step.with.marksUse ?? false).toBe(marked.includes(`${step.hostId} ${step.with.name}`));
      }
    }),
    runs,
  );
});

test('what destroys data is the last phase, by itself', () => {
  fc.assert(
    fc.property(leftovers, databases, (left, wanted) => {
      const plan = planned(left, wanted);
      for (const [index, phase] of plan.entries()) {
        const destroying = phase.filter((step) => dataDestroyingSteps.includes(step.do));
        if (destroying.length > 0) expect({ index, destroying }).toEqual({ index: plan.length - 1, destroying: phase });
      }
    }),
    runs,
  );
});

test('no step is planned twice, and no phase is empty', () => {
  fc.assert(
    fc.property(leftovers, databases, (left, wanted) => {
      const plan = planned(left, wanted);
      const steps = plan.flat().map((step) => `${step.do} ${step.with.name} ${step.hostId}`);
      expect(new Set(steps).size).toBe(steps.length);
      expect(plan.every((phase) => phase.length > 0)).toBe(true);
    }),
    runs,
  );
});

test('a plan has the image of every container that it creates before it stops anything', () => {
  fc.assert(
    fc.property(leftovers, databases, (left, wanted) => {
      const plan = planned(left, wanted);
      const images = (plan[0] ?? []).filter((one) => one.do === 'ensureImage');
      const removed = plan.flat().flatMap((one) => (one.do === 'removeServer' ? [one.with.name] : []));
      for (const { do: kind, hostId, with: input } of plan.flat()) {
        if (kind !== 'ensureServer' && kind !== 'createServer') continue;
        const isThere = left.some((one) => one.kind === 'server' && one.name === input.name && one.hostId === hostId);
        if (isThere && !removed.includes(input.name)) continue;
        expect(images).toContainEqual({ do: 'ensureImage', hostId, with: { name: input.template.image } });
      }
    }),
    runs,
  );
});

test('an instance that was ready once never gets permission to make an empty database (A08)', () => {
  fc.assert(
    fc.property(leftovers, readyDatabases, (left, wanted) => {
      for (const step of planned(left, wanted).flat()) {
        expect(['ensureLogins', 'ensureVolume']).not.toContain(step.do);
        if (step.do === 'ensureServer') expect(step.with.template.initialized).toBe(true);
      }
    }),
    runs,
  );
});

function hasVolume(world: World, { name, hostId }: Resource): boolean {
  return world.some((one) => one.kind === 'volume' && one.name === name && one.hostId === hostId);
}
