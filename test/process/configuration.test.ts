import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { good } from '../support/config';

/** A program as in production, with nothing in its environment but this. */
function run(program: string, environment: Record<string, string>, ...args: string[]) {
  const file = path.join(__dirname, '..', '..', 'dist', program);
  const { status, stdout, stderr } = spawnSync(process.execPath, [file, ...args], {
    env: environment,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

describe.each([
  'api/main.js',
  'worker.js',
  'commands/main.js keys list',
  'commands/main.js audit verify',
  'commands/main.js secrets reencrypt',
])('%s', (command) => {
  const [program = '', ...args] = command.split(' ');

  test('exits with 78 and names every error when its configuration is refused (D06)', () => {
    const wrong = { DATABASE_URL: 'mysql://u:canary@h/x', SLIPWAY_STORE_POOL_MAX: '0' };
    const { status, stdout, stderr } = run(program, wrong, ...args);
    expect({ status, stdout }).toEqual({ status: 78, stdout: '' });
    expect(stderr).toMatch(/^ {2}- DATABASE_URL: /m);
    expect(stderr).toMatch(/^ {2}- SLIPWAY_STORE_POOL_MAX: /m);
    expect(stderr).not.toContain('canary');
  });
});

test.each(['api/main.js', 'worker.js'])(
  '%s --print-config prints what is in force, and warns of what nothing reads',
  (program) => {
    const { status, stdout, stderr } = run(
      program,
      { ...good, SLIPWAY_NO_SUCH: 'x', TEMPORAL_API_KEY: 'canary' },
      '--print-config',
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: 'warning: SLIPWAY_NO_SUCH is not a known setting\n' });
    expect(stdout).toMatch(/^SLIPWAY_STORE_POOL_MAX=10$/m);
    expect(stdout).toMatch(/^TEMPORAL_API_KEY=\(set\)$/m);
    for (const secret of ['canary', 'pa55word', good.SLIPWAY_SECRET_KEY]) expect(stdout).not.toContain(secret);
  },
);
