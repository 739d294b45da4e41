import path from 'node:path';
import { watch } from 'chokidar';
import { isNoSource, sourcePaths } from './build/sources';
import { runCommand } from './machine/stages';
import { type Session, withSession } from './stack/session';
import { type PartName, partNames } from './stack/stack';
import { supervise } from './stack/supervisor';

const root = path.join(__dirname, '..');
const json = process.argv.includes('--json');

/** Runs the stack in the foreground: restarts a part that dies, and worker and api when their source changes. */
async function runStack(session: Session): Promise<void> {
  const supervisor = supervise(session.stack, (part) => report(session, part));
  report(session);
  const watcher = watch(sourcePaths(), { ignoreInitial: true, ignored: isNoSource });
  watcher.on('all', (_event, file) => {
    process.stderr.write(`  ${path.relative(root, file)} changed: starting worker and api anew\n`);
    supervisor.replace(['worker', 'api']);
  });
  await session.signalled;
  supervisor.end();
  process.stderr.write('stopping\n');
  await watcher.close();
}

/** Writes one line about the whole stack to stdout, at its start and after each restart of a part. */
function report({ home, stack }: Session, restarted?: PartName): void {
  if (restarted !== undefined) process.stderr.write(`✓ ${restarted} is back\n`);
  const pids = Object.fromEntries(partNames.map((part) => [part, stack.part(part)?.pid ?? null]));
  const facts = {
    api: stack.apiUrl,
    temporal: `127.0.0.1:${stack.ports.port}`,
    temporalUi: stack.temporalUiUrl,
    keyFile: home.adminKeyFile,
    home: home.folder,
    pids,
  };
  if (json) process.stdout.write(`${JSON.stringify(facts)}\n`);
  else process.stdout.write(`ready: API ${facts.api} (key in ${facts.keyFile}), Temporal Web UI ${facts.temporalUi}\n`);
}

runCommand(() => withSession(runStack));
