import { readdirSync } from 'node:fs';
import path from 'node:path';
import { commandsIn, runNode } from '../support/run-node';

const trial = (...args: string[]) => runNode(path.join('dev', 'bootstrap.cjs'), ['try', ...args], process.env);

const files = readdirSync(path.join(__dirname, '..', '..', 'dev', 'trials'));
const names = files.map((file) => path.basename(file, '.ts')).sort();

test('without a name it lists every trial with a line', async () => {
  const { code, stdout, stderr } = await trial();
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(
    commandsIn(stdout)
      .map(([name]) => name)
      .sort(),
  ).toEqual(names);
});

test('an unknown trial ends with 64 and the list', async () => {
  const { code, stdout, stderr } = await trial('earthquake');
  expect({ code, stdout }).toEqual({ code: 64, stdout: '' });
  expect(stderr).toContain('there is no command earthquake\n');
  expect(commandsIn(stderr)).toHaveLength(names.length);
});

test('an unknown option ends with 64 and how the trial is used, before anything is set up', async () => {
  const { code, stdout, stderr } = await trial('chaos', '--harder');
  expect({ code, stdout }).toEqual({ code: 64, stdout: '' });
  expect(stderr).toContain("Unknown option '--harder'");
  expect(stderr).toContain('chaos [--iterations 200]');
  expect(stderr).not.toContain('✓');
});
