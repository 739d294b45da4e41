import path from 'node:path';
import { execute, UsageError } from '../process/command';
import { ensureDist } from './build/dist';
import { failed } from './machine/stages';

const dist = path.join(__dirname, '..', 'dist');
const programs: Readonly<Record<string, string>> = { api: path.join('api', 'main.js'), worker: 'worker.js' };

/** Runs the built program in this process; the program handles signals itself. */
async function start([name = '', ...args]: string[]): Promise<number> {
  const file = Object.hasOwn(programs, name) ? programs[name] : undefined;
  if (file === undefined) throw new UsageError('expected api or worker');
  await ensureDist();
  const program = path.join(dist, file);
  process.argv = [process.execPath, program, ...args];
  process.env.SLIPWAY_WORKFLOW_BUNDLE ??= path.join(dist, 'workflow-bundle.js');
  require(program);
  return 0;
}

const usage = `start api|worker [--print-config]
  Builds dist/ where it is out of date. Configuration: docs/configuration.md`;

void execute({ usage, run: start }, process.argv.slice(2), failed);
