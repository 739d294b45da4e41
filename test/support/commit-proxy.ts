import { readStatements } from './statements';
import { proxyBefore, type TcpProxy, type Verdict } from './tcp-proxy';

/** Whether the store hears of a commit before the connection ends. */
export type CommitMoment = 'before' | 'unreported';

/** A way to a store on which one commit can be cut off. */
export interface CommitProxy extends TcpProxy {
  /** Cuts the connection at the `nth` commit, from 1, of those to come. */
  aim(nth: number, moment: CommitMoment): void;
  /** Whether the commit that was aimed at has come. */
  hasStruck(): boolean;
  /** The commits since it was aimed or last asked. */
  takeCount(): number;
}

const verdicts = { before: 'cut', unreported: 'lose reply' } as const;

/** What changes rows; not `FOR UPDATE`, which only locks them. */
const write = /\b(INSERT INTO|(?<!FOR )UPDATE|DELETE FROM)\b/;

/** A commit is a `COMMIT` after something was written, or a statement that writes outside any transaction. */
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

      // What is sent together comes in one chunk, which one verdict is about.
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
