import { DefaultFailureConverter } from '@temporalio/common';

/**
 * Moves a failure's message and stack into a payload, so that the payload codec encrypts them too. Loaded by its path,
 * both in the workflow bundle and outside. Reads failures of either form.
 */
export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
