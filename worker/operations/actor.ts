/** The requester of operations that Slipway starts by itself. */
export const reconcilerActor = 'reconciler';
