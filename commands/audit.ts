import { parseArgs } from 'node:util';
import { storeProgram } from '../config/config';
import { type Command, UsageError } from '../process/command';
import { configOrExit } from '../process/service';
import { type ChainHead, openAuditChain } from '../store/access/audit-chain';

const usage = `audit verify [--known PLACE:DIGEST …]

Reads the whole chain of the audit and says whether it is as it was written. A head that was printed earlier and kept
elsewhere is checked too: without one, whoever may write to the store may rewrite the chain from some place on.`;

/** Prints the head of the chain and every problem found. @returns whether the chain is intact */
async function verify(known: readonly ChainHead[]): Promise<boolean> {
  const chain = await openAuditChain(configOrExit(storeProgram).store);
  try {
    await chain.seal();
    const { head, waiting, problems } = await chain.verify(known);
    for (const problem of problems) process.stderr.write(`${problem}\n`);
    process.stdout.write(`${head.place}:${head.digest}\n`);
    process.stderr.write(`${head.place} entries, ${waiting} waiting, ${problems.length} problems\n`);
    return problems.length === 0;
  } finally {
    await chain.close();
  }
}

function headOf(text: string): ChainHead {
  const [, place, digest] = /^([1-9][0-9]{0,14}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (place === undefined || digest === undefined) throw new UsageError(`--known: expected PLACE:DIGEST, not ${text}`);
  return { place: Number(place), digest };
}

async function run(args: string[]): Promise<number> {
  const { positionals, values } = parseArgs({
    args,
    allowPositionals: true,
    options: { known: { type: 'string', multiple: true, default: [] } },
  });
  if (positionals.join(' ') !== 'verify') throw new UsageError('expected the command verify');
  return (await verify(values.known.map(headOf))) ? 0 : 1;
}

export const audit: Command = { summary: 'verify the chain of the audit', usage, run };
