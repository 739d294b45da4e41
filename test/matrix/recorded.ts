/** The activities of a create and of a delete, as a run records them; a test compares, so that a new step is noticed. */
export const createSteps = [
  'claimOperation',
  'planChange',
  'markInstances',
  'ensureNetwork',
  'ensureVolume',
  'ensureServer',
  'ensureLogins',
  'awaitReady',
  'finishOperation',
] as const;

export const deleteSteps = [
  'claimOperation',
  'observeDatabase',
  'planChange',
  'markInstances',
  'stopServer',
  'removeServer',
  'removeNetwork',
  'removeVolume',
  'finishOperation',
] as const;
