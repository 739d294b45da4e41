import { z } from 'zod';
import { DatabaseError } from '../../domain/errors';
import { type ChannelKind, channelConfigSchemas } from '../../domain/notifications/channels';
import { literalOf, type Networks, refusalOfAddress, refusalOfUrl } from '../../notifications/target';
import { validate } from '../http/validate';

type Config = Readonly<Record<string, unknown>>;

/** Validates the config of a channel and returns it. Throws `invalid_request`. */
export function channelConfigOf(kind: ChannelKind, config: Config, allowed: Networks): Config {
  const checked = validate(z.strictObject({ config: channelConfigSchemas[kind] }), { config }, 'body').config;
  refuseTarget(checked, allowed);
  return checked;
}

/**
 * Throws `invalid_request` for a target that is never allowed. A host name is resolved and checked when a message is
 * sent, as its address may have changed by then.
 */
export function refuseTarget(config: { readonly url?: string; readonly host?: string }, allowed: Networks): void {
  const { url, host } = config;
  if (url !== undefined) refuse('config.url', refusalOfUrl(url, allowed));
  const literal = host === undefined ? null : literalOf(host);
  if (literal !== null) refuse('config.host', refusalOfAddress(literal, allowed));
}

function refuse(field: string, refusal: string | null): void {
  if (refusal === null) return;
  const expected = `an allowed target, but ${refusal}`;
  throw new DatabaseError('invalid_request', `${field}: expected ${expected}`, {
    errors: [{ field, expected, received: '[redacted]' }],
  });
}
