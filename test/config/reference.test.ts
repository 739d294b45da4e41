import { readdirSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { apiProgram, workerProgram } from '../../config/config';
import { type Group, group } from '../../config/group';
import { createProgram } from '../../config/program';
import { knownSettings, unknownSettings } from '../../config/reference';
import { setting } from '../../config/setting';
import { configurationPage } from '../../dev/build/configuration-page';
import { errorOf, good, keysOf } from '../support/config';

/** Every setting that is defined in `config/groups/`, whether or not a program reads it. */
function definedSettings() {
  const folder = path.join(__dirname, '..', '..', 'config', 'groups');
  const exported = readdirSync(folder).flatMap((file) => Object.values<object>(require(path.join(folder, file))));
  const groups = exported.filter((value): value is Group => 'settings' in value && 'read' in value);
  return groups.flatMap(({ settings }) => settings);
}

test('a setting is defined once and is known, printed and documented by that', () => {
  const names = definedSettings().map(({ name }) => name);
  expect(names.length).toBeGreaterThan(60);
  expect(new Set(names).size).toBe(names.length);
  expect(
    knownSettings()
      .map(({ name }) => name)
      .sort(),
  ).toEqual([...names].sort());
  const printed = new Set(`${apiProgram.print(good)}${workerProgram.print(good)}`.trim().split('\n'));
  expect([...printed].map((line) => line.split('=')[0]).sort()).toEqual([...names].sort());
  const rows = configurationPage()
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  expect(rows.map((row) => /^\| `(\w+)`/.exec(row)?.[1]).sort()).toEqual([...names].sort());
  expect(unknownSettings(Object.fromEntries(names.map((name) => [name, 'x'])))).toEqual([]);
});

test('every setting says what it is for, in a sentence', () => {
  for (const { name, description } of definedSettings()) {
    expect({ name, description }).toEqual({ name, description: expect.stringMatching(/^[A-Z][^|\n]{15,}\.$/) });
  }
});

test('one entry in a group is read, checked and printed', () => {
  const door = group('Doors', {
    width: setting('DOOR_WIDTH', { schema: z.coerce.number().max(9), fallback: 3, description: 'Width of the door.' }),
    code: setting('DOOR_CODE', { schema: z.string().optional(), description: 'Opens the door.', isSecret: true }),
  });
  const house = createProgram({ door });
  expect(house.read({})).toEqual({ door: { width: 3, code: undefined } });
  expect(house.read({ DOOR_WIDTH: '5', DOOR_CODE: '1234' })).toEqual({ door: { width: 5, code: '1234' } });
  expect(keysOf(errorOf(() => house.read({ DOOR_WIDTH: '10' })))).toEqual(['DOOR_WIDTH']);
  expect(house.print({ DOOR_CODE: '1234' })).toBe('DOOR_CODE=(set)\nDOOR_WIDTH=3\n');
});

test('a printed configuration is what the environment would have to say, and defaults are accepted', () => {
  const known = new Map(knownSettings().map((one) => [one.name, one]));
  for (const program of [apiProgram, workerProgram]) {
    const lines = program.print(good).trim().split('\n');
    const printed = lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const);
    const said = printed.filter(([name, text]) => known.get(name)?.isSecret === false && text !== '(none)');
    expect(said.length).toBeGreaterThan(20);
    expect(program.read({ ...good, ...Object.fromEntries(said) })).toEqual(program.read(good));
  }
});

test('a variable that nothing reads is noticed', () => {
  const environment = { ...good, SLIPWAY_RELAY_INTERVALL_MS: '5', SLIPWAY_SECRET_KEY_FILE: '/x', SLIPWAY_HOME: '/y' };
  expect(unknownSettings(environment)).toEqual(['SLIPWAY_RELAY_INTERVALL_MS']);
});
