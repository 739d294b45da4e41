import { publicSidecarImages } from '../../../config/groups/images';
import { hashOf, majors, recipeOf, sidecarImagesFor } from '../../../dev/machine/image-recipe';

const recipe = recipeOf(17);

test.each(majors)('the hash of %s is that of its recipe, and a short label', (major) => {
  expect(hashOf(recipeOf(major))).toBe(hashOf(structuredClone(recipeOf(major))));
  expect(hashOf(recipeOf(major))).toMatch(/^[0-9a-f]{12}$/);
});

test.each([
  { name: 'another major', other: recipeOf(15) },
  { name: 'one more package', other: { ...recipe, rootfs: [...recipe.rootfs, '--include=vim'] } },
  { name: 'another order', other: { ...recipe, rootfs: [...recipe.rootfs].reverse() } },
  { name: 'another environment', other: { ...recipe, changes: recipe.changes.slice(1) } },
  { name: 'an argument that became a change', other: { rootfs: [], changes: [...recipe.rootfs, ...recipe.changes] } },
])('$name has another hash', ({ other }) => {
  expect(hashOf(other)).not.toBe(hashOf(recipe));
});

test.each([
  { major: 17, release: 'trixie' },
  { major: 15, release: 'bookworm' },
] as const)('PostgreSQL $major is of Debian $release, with its programs on the PATH', ({ major, release }) => {
  const { rootfs, changes } = recipeOf(major);
  expect(rootfs.at(-1)).toBe(release);
  expect(rootfs).toContainEqual(expect.stringMatching(`^--include=postgresql-${major},`));
  expect(changes).toContainEqual(expect.stringMatching(`^ENV PATH=/usr/lib/postgresql/${major}/bin:`));
});

test.each([
  { catalogue: '17=slipway/postgres:17,15=slipway/postgres:15', local: true },
  { catalogue: '17=postgres:17,15=slipway/postgres:15', local: false },
  { catalogue: '17=registry.example/slipway/postgres:17', local: false },
])('with $catalogue the sidecars run on a local image: $local', ({ catalogue, local }) => {
  const image = 'slipway/postgres:17';
  const expected = local ? { SLIPWAY_POOLER_IMAGE: image, SLIPWAY_EXPORTER_IMAGE: image } : publicSidecarImages;
  expect(sidecarImagesFor(catalogue)).toEqual(expected);
});
