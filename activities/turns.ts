/** Runs something once `holder` has the database's turn. */
export type TakeTurn = <T>(databaseId: string, holder: string | symbol, run: () => Promise<T>) => Promise<T>;

/**
 * Lets what has one turn on a database, such as the steps of one plan, run side by side, and makes everything else wait
 * until it has ended. After a terminate or a timeout an old activity may still be at work: without this, a new plan
 * could look at the world before the old one's last effect.
 */
export function createTurns(): TakeTurn {
  const current = new Map<
    string,
    { readonly holder: string | symbol; running: number; readonly ended: Promise<void>; end: () => void }
  >();

  return async function takeTurn(databaseId, holder, run) {
    for (let turn = current.get(databaseId); turn !== undefined && turn.holder !== holder; ) {
      await turn.ended;
      turn = current.get(databaseId);
    }
    const turn = current.get(databaseId) ?? newTurn(holder);
    current.set(databaseId, turn);
    turn.running += 1;
    try {
      return await run();
    } finally {
      turn.running -= 1;
      if (turn.running === 0) {
        current.delete(databaseId);
        turn.end();
      }
    }
  };
}

function newTurn(holder: string | symbol) {
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { holder, running: 0, ended, end };
}
