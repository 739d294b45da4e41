import { createHmac } from 'node:crypto';

/** A message to sign; its id is the same for every attempt. */
export interface Signed {
  readonly id: string;
  /** The time of the attempt: recipients reject messages older than a few minutes. */
  readonly sentAt: Date;
  readonly body: string;
}

/**
 * The headers that prove to a recipient that a message is from Slipway (Standard Webhooks 1.0). There is a signature
 * for each secret, so that during a rotation the recipient may have either.
 *
 * @param secrets each is `whsec_` followed by base64
 */
export function signedHeaders({ id, sentAt, body }: Signed, secrets: readonly string[]): Record<string, string> {
  const timestamp = String(Math.floor(sentAt.getTime() / 1000));
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
  });
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}
