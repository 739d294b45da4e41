import { parseArgs } from 'node:util';
import { storeProgram } from '../config/config';
import { type Command, UsageError } from '../process/command';
import { configOrExit } from '../process/service';
import { type AuditChain, openAuditChain } from '../store/access/audit-chain';
import type { ChainHead } from '../store/access/audit-links';
import { archive } from './audit/archive';
import { verify } from './audit/verify';

const usage = `audit verify [--archive FILE …] [--known PLACE:DIGEST …]
audit archive --before TIME --file FILE

verify reads the whole chain of the audit and says whether it is as it was written. A head that was printed earlier and
kept elsewhere is checked too: without one, whoever may write to the store may rewrite the chain from some place on.
Archives, oldest first, are verified as the part of the chain before the store's.

archive moves the entries before a time, such as 2026-01-01, to a new file, and prints the head of the archive.`;

/** Prints the head of the chain and every problem found. */
async function runVerify(chain: AuditChain, archives: readonly string[], known: readonly ChainHead[]): Promise<number> {
  const { head, waiting, problems } = await verify(chain, archives, known);
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  process.stdout.write(`${textOf(head)}\n`);
  process.stderr.write(`${head.place} entries, ${waiting} waiting, ${problems.length} problems\n`);
  return problems.length === 0 ? 0 : 1;
}

async function runArchive(chain: AuditChain, before: Date, file: string): Promise<number> {
  const archived = await archive(chain, before, file);
  if (archived !== null) process.stdout.write(`${textOf(archived.head)}\n`);
  process.stderr.write(archived === null ? 'no entries to archive\n' : `${archived.entries} entries in ${file}\n`);
  return 0;
}

function textOf({ place, digest }: ChainHead): string {
  return `${place}:${digest}`;
}

function headOf(text: string): ChainHead {
  const [, place, digest] = /^([1-9][0-9]{0,14}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (place === undefined || digest === undefined) throw new UsageError(`--known: expected PLACE:DIGEST, not ${text}`);
  return { place: Number(place), digest };
}

function timeOf(text: string | undefined): Date {
  const time = new Date(text ?? '');
  if (Number.isNaN(time.getTime())) throw new UsageError('--before: expected a time such as 2026-01-01');
  return time;
}

/** The command that the arguments name. Throws a `UsageError`. */
function commandOf(args: string[]): (chain: AuditChain) => Promise<number> {
  const { positionals, values } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      known: { type: 'string', multiple: true, default: [] },
      archive: { type: 'string', multiple: true, default: [] },
      before: { type: 'string' },
      file: { type: 'string' },
    },
  });
  const name = positionals.join(' ');
  if (name === 'verify') {
    const known = values.known.map(headOf);
    return (chain) => runVerify(chain, values.archive, known);
  }
  if (name !== 'archive') throw new UsageError('expected the command verify or archive');
  const [before, { file }] = [timeOf(values.before), values];
  if (file === undefined) throw new UsageError('--file: expected the name of a new file');
  return (chain) => runArchive(chain, before, file);
}

async function run(args: string[]): Promise<number> {
  const command = commandOf(args);
  const chain = await openAuditChain(configOrExit(storeProgram).store);
  try {
    return await command(chain);
  } finally {
    await chain.close();
  }
}

export const audit: Command = { summary: 'verify and archive the chain of the audit', usage, run };
