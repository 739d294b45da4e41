import { type LookupAddress, lookup } from 'node:dns';
import { promisify } from 'node:util';
import { DatabaseError } from '../domain/errors';
import { isAmong, literalOf, type Networks, refusalOfAddress } from './target';

/** Gives every address of a name. */
export type Resolve = (hostname: string) => Promise<LookupAddress[]>;

/** As every other program of this machine does it. */
export const systemResolve: Resolve = (hostname) => promisify(lookup)(hostname, { all: true, verbatim: true });

export interface Egress {
  /** Private networks that may be told. */
  readonly allowed: Networks;
  readonly resolve: Resolve;
  /** Certificates of authorities that are trusted beside the system's, in PEM. */
  readonly ca?: string;
}

/**
 * The addresses of a host, all of them checked: what is connected to is one of these, and the name is not asked for
 * again, since it may have another answer by then. Throws `delivery_refused`, and `delivery_failed` for a name that has
 * no address now.
 *
 * @param isPlain whether what is sent can be read on the way, which is for allowed networks only
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
