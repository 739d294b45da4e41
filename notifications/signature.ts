import { createHmac } from 'node:crypto';

/** A message that is to be signed: its id is the same at every attempt. */
export interface Signed {
  readonly id: string;
  /** When it is sent: a receiver refuses what is older than some minutes. */
  readonly sentAt: Date;
  readonly body: string;
}

/**
 * The headers by which a receiver knows that a message is ours (Standard Webhooks 1.0): a signature by each secret, so that
 * while secrets change a receiver may have either.
 *
 * @param secrets each `whsec_` and base64
 */
export function signedHeaders({ id, sentAt, body }: Signed, secrets: readonly string[]): Record<string, string> {
  const timestamp = String(Math.floor(sentAt.getTime() / 1000));
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
  });
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}
