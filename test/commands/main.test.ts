import { readdirSync } from 'node:fs';
import path from 'node:path';
import { commandsIn, runNode } from '../support/run-node';

/** The program as in production. Nothing that is asked here needs the store. */
const slipway = (...args: string[]) => runNode(path.join('dist', 'commands', 'main.js'), args, {});

const files = readdirSync(path.join(__dirname, '..', '..', 'commands')).filter((file) => file.endsWith('.ts'));
const names = files
  .map((file) => path.basename(file, '.ts'))
  .filter((name) => name !== 'main')
  .sort();

test.each([[], ['--help'], ['help']])('it lists every command with a line: %j', async (...args: string[]) => {
  const { code, stdout, stderr } = await slipway(...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(
    commandsIn(stdout)
      .map(([name]) => name)
      .sort(),
  ).toEqual(names);
});

test.each(['frobnicate', 'toString'])('an unknown command ends with 64 and the list: %s', async (name) => {
  const { code, stdout, stderr } = await slipway(name, 'create');
  expect({ code, stdout }).toEqual({ code: 64, stdout: '' });
  expect(stderr).toContain(`there is no command ${name}\n`);
  expect(commandsIn(stderr)).toHaveLength(names.length);
});

test.each(names)('%s --help says how it is used', async (name) => {
  const { code, stdout, stderr } = await slipway(name, '--help');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(new RegExp(`^${name} [a-z]+`));
});
