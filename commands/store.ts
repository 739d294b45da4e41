import { parseArgs } from 'node:util';
import { type Command, UsageError } from '../process/command';
import { type Action, onStore } from '../process/on-store';

const usage = `store restored --reason TEXT
store release [--recover] [--incomplete]

restored    after the store was restored from a backup, and before any process is started: holds it, so that nothing begins
release     ends the hold; databases that were changed after the backup become failed
  --recover     starts the recoveries that are owed, such as of operations that were open in the backup, unless the
                database differs from its host
  --incomplete  also when hosts have not been compared: their databases become failed`;

const author = { actor: 'command' };

function restored(args: string[]): Action {
  const { reason = '' } = parseArgs({ args, options: { reason: { type: 'string' } } }).values;
  if (reason.trim() === '') throw new UsageError('--reason: expected a text, such as "disk lost, backup of 02:00"');
  return async ({ installation }) => {
    const { installation: now, endedOperations } = await installation.restored(reason, author);
    for (const id of endedOperations) process.stdout.write(`${id}\n`);
    process.stderr.write(`the store is held in epoch ${now.epoch}; ended ${endedOperations.length} open operations\n`);
  };
}

function release(args: string[]): Action {
  const flag = { type: 'boolean', default: false } as const;
  const { values } = parseArgs({ args, options: { recover: flag, incomplete: flag } });
  return async ({ installation }) => {
    const { failed, recovering } = await installation.release(values, author);
    for (const id of failed) process.stdout.write(`${id}\n`);
    process.stderr.write(`released the store: ${failed.length} databases failed, ${recovering.length} will recover\n`);
  };
}

function actionOf([command, ...args]: string[]): Action {
  if (command === 'restored') return restored(args);
  if (command === 'release') return release(args);
  throw new UsageError('expected the command restored or release');
}

export const store: Command = {
  summary: 'hold the store after a restore, and release it',
  usage,
  run: (args) => onStore(actionOf(args)),
};
