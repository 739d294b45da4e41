/**
 * Lets the steps of one operation on a database run side by side, and makes those of another operation wait until they
 * have ended. After a terminate an old activity may still be at work: without this, the new operation could look at
 * the world before the old one's last effect.
 */
export function createTurns() {
  const current = new Map<
    string,
    { readonly operationId: string; running: number; readonly ended: Promise<void>; end: () => void }
  >();

  return async function takeTurn<T>(databaseId: string, operationId: string, run: () => Promise<T>): Promise<T> {
    for (let turn = current.get(databaseId); turn !== undefined && turn.operationId !== operationId; ) {
      await turn.ended;
      turn = current.get(databaseId);
    }
    const turn = current.get(databaseId) ?? newTurn(operationId);
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

function newTurn(operationId: string) {
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { operationId, running: 0, ended, end };
}
