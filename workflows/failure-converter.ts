import { DefaultFailureConverter } from '@temporalio/common';

/**
 * Puts a failure's message and stack into a payload, so that what encrypts payloads encrypts them, too. Loaded by its
 * path, in the workflows' bundle and outside. Reads failures of either form.
 */
export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
