import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { watch } from 'chokidar';
import { openSession, type Session, untilSignal } from './session';
import type { PartName } from './stack';
import { explain } from './stages';

const root = path.join(__dirname, '..');
const json = process.argv.includes('--json');
const allParts = ['store', 'temporal', 'worker', 'api'] as const satisfies readonly PartName[];

/** Source that api and worker are made of. */
const watched = ['activities', 'agent', 'api', 'containers', 'databases', 'postgres', 'runs', 'store', 'workflows'];

/** The stack in the foreground: starts anew what dies, and api and worker when their source changes. */
async function main(): Promise<void> {
  const signalled = untilSignal();
  const session = await openSession();
  const { stack } = session;
  let stopping = false;
  let turn = Promise.resolve();

  /** One start at a time; a part that does not come up is tried again until it does or the stack stops. */
  function restart(part: PartName): Promise<void> {
    turn = turn.then(async () => {
      while (!stopping) {
        try {
          await stack.part(part)?.stop();
          await stack.start(part);
          if (part === 'store' || part === 'temporal') process.stderr.write(`  ${part} is back\n`);
          keepAlive(part);
          report(session);
          return;
        } catch (error) {
          explain(error);
          await delay(1_000);
        }
      }
    });
    return turn;
  }

  /** A part that dies is said, and started anew. */
  function keepAlive(part: PartName): void {
    const child = stack.part(part);
    void child?.ended.then((how) => {
      if (stopping || stack.part(part) !== child || replaced.has(child)) return;
      process.stderr.write(`! ${part} (process ${child.pid}) ended: ${how}; starting it anew\n`);
      void restart(part);
    });
  }

  const replaced = new WeakSet<object>();
  for (const part of allParts) keepAlive(part);
  report(session);

  const watcher = watch(
    watched.map((folder) => path.join(root, folder)),
    { ignoreInitial: true, ignored: /generated/ },
  );
  watcher.on('all', (_event, file) => {
    process.stderr.write(`  ${path.relative(root, file)} changed: starting worker and api anew\n`);
    for (const part of ['worker', 'api'] as const) {
      const child = stack.part(part);
      if (child !== undefined) replaced.add(child);
      void restart(part);
    }
  });

  await signalled;
  stopping = true;
  await watcher.close();
  await turn;
  process.stderr.write('stopping\n');
  await stack.stopAll();
}

function report({ home, stack }: Session): void {
  const pids = Object.fromEntries(allParts.map((part) => [part, stack.part(part)?.pid ?? null]));
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

main().then(
  () => process.exit(0),
  (error: unknown) => {
    explain(error);
    process.exit(1);
  },
);
