/** Runs something once `holder` has the database's turn. */
export type TakeTurn = <T>(databaseId: string, holder: string | symbol, run: () => Promise<T>) => Promise<T>;

/**
 * Gives one holder at a time a turn on a database: activities of one holder, such as the steps of one plan, run
 * together, and all others wait. After a terminate or a timeout an old activity may still be running; without turns, a
 * new plan could observe the world before the old one's last effect.
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
