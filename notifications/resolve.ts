import { type LookupAddress, lookup } from 'node:dns';
import { promisify } from 'node:util';
import { DatabaseError } from '../domain/errors';
import { isAmong, literalOf, type Networks, refusalOfAddress } from './target';

/** Returns all addresses of a name. */
export type Resolve = (hostname: string) => Promise<LookupAddress[]>;

/** Resolves names as other programs on this machine do. */
export const systemResolve: Resolve = (hostname) => promisify(lookup)(hostname, { all: true, verbatim: true });

export interface Egress {
  /** Private networks that may receive messages. */
  readonly allowed: Networks;
  readonly resolve: Resolve;
  /** Trusted certificate authorities in place of the default ones, in PEM. */
  readonly ca?: string;
}

/**
 * The addresses of a host, all of them checked. The connection must go to one of these, without another lookup of the
 * name, which may have another address by then. Throws `delivery_refused` for an address that is not permitted, and
 * `delivery_failed` for a name that has no address now.
 *
 * @param isPlain whether the connection is unencrypted, which is permitted only in allowed networks
 */
export async function resolveTarget(
  hostname: string,
  { allowed, resolve }: Egress,
  isPlain: boolean,
): Promise<LookupAddress[]> {
  const addresses = await addressesOf(hostname, resolve);
  for (const { address } of addresses) {
    const refusal = isPlain && !isAmong(address, allowed) ? 'it is not https' : refusalOfAddress(address, allowed);
    if (refusal !== null) throw new DatabaseError('delivery_refused', `${hostname} is not allowed: ${refusal}`);
  }
  return addresses;
}

async function addressesOf(hostname: string, resolve: Resolve): Promise<LookupAddress[]> {
  const literal = literalOf(hostname);
  if (literal !== null) return [{ address: literal, family: literal.includes(':') ? 6 : 4 }];
  try {
    const addresses = await resolve(hostname);
    if (addresses.length > 0) return addresses;
  } catch (error) {
    throw new DatabaseError('delivery_failed', `the name ${hostname} has no address`, {}, { cause: error });
  }
  throw new DatabaseError('delivery_failed', `the name ${hostname} has no address`);
}
