import { readStatements } from './statements';
import { proxyBefore, type TcpProxy, type Verdict } from './tcp-proxy';

/** The connection ends before the server gets the commit (`before`) or before the client gets the reply. */
export type CommitMoment = 'before' | 'unreported';

/** A proxy for a store that can cut the connection at one commit. */
export interface CommitProxy extends TcpProxy {
  /** Cuts the connection at the `nth` commit from now on, counted from 1. */
  aim(nth: number, moment: CommitMoment): void;
  /** Whether the targeted commit has occurred. */
  hasStruck(): boolean;
  /** The number of commits since the last `aim` or `takeCount`. */
  takeCount(): number;
}

const verdicts = { before: 'cut', unreported: 'lose reply' } as const;

/** Statements that change rows; not `FOR UPDATE`, which only locks them. */
const write = /\b(INSERT INTO|(?<!FOR )UPDATE|DELETE FROM)\b/;

/** A commit is a `COMMIT` of a transaction that wrote something, or a writing statement outside any transaction. */
export async function startCommitProxy(databaseUrl: string): Promise<CommitProxy> {
  let count = 0;
  let aimed: { readonly nth: number; readonly moment: CommitMoment } | null = null;
  let struck = false;

  function verdictOnCommit(): Verdict {
    count += 1;
    if (aimed?.nth !== count) return 'pass';
    const { moment } = aimed;
    aimed = null;
    struck = true;
    return verdicts[moment];
  }

  const proxy = await proxyBefore(databaseUrl, {
    newJudge() {
      const statementsOf = readStatements();
      let isOpen = false;
      let hasWritten = false;

      function verdictOn(statement: string): Verdict {
        const writes = write.test(statement);
        if (/^BEGIN\b/.test(statement)) {
          isOpen = true;
          hasWritten = false;
        } else if (/^(COMMIT|ROLLBACK)\b/.test(statement)) {
          const isCommit = hasWritten && statement.startsWith('COMMIT');
          isOpen = false;
          hasWritten = false;
          if (isCommit) return verdictOnCommit();
        } else if (isOpen) {
          hasWritten ||= writes;
        } else if (writes) {
          return verdictOnCommit();
        }
        return 'pass';
      }

      // Statements sent together arrive in one chunk and get one verdict.
      return (chunk) =>
        statementsOf(chunk)
          .map(verdictOn)
          .find((verdict) => verdict !== 'pass') ?? 'pass';
    },
  });
  return {
    ...proxy,
    aim(nth, moment) {
      aimed = { nth, moment };
      count = 0;
      struck = false;
    },
    hasStruck: () => struck,
    takeCount() {
      const taken = count;
      count = 0;
      return taken;
    },
  };
}
