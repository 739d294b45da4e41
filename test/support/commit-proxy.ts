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
      let isOpen = false;
      let hasWritten = false;
      return (chunk) => {
        const text = chunk.toString('latin1');
        const writes = write.test(text);
        if (/\bBEGIN\b/.test(text)) {
          isOpen = true;
          hasWritten = writes;
        } else if (/\b(COMMIT|ROLLBACK)\b/.test(text)) {
          const isCommit = hasWritten && /\bCOMMIT\b/.test(text);
          isOpen = false;
          hasWritten = false;
          if (isCommit) return verdictOnCommit();
        } else if (isOpen) {
          hasWritten ||= writes;
        } else if (writes) {
          return verdictOnCommit();
        }
        return 'pass';
      };
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
