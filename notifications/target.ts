import ipaddr from 'ipaddr.js';

/** The user's private networks that may receive messages, as CIDRs. */
export type Networks = readonly string[];

type Address = ReturnType<typeof ipaddr.parse>;

/** The IPv6 addresses that are assigned (RFC 4291, 2.4; IANA's registry). */
const globalUnicast = ipaddr.parseCIDR('2000::/3');

/** Serves only a cloud's own machines, although the address looks public (Azure's WireServer). */
const metadataAddresses = ['168.63.129.16'];

/** Whether an address is in one of these networks. An IPv6 address with an embedded IPv4 address counts as IPv6. */
export function isAmong(address: string, networks: Networks): boolean {
  const parsed = ipaddr.parse(address);
  return networks.some((network) => {
    const [base, bits] = ipaddr.parseCIDR(network.includes('/') ? network : `${network}/${bitsOf(network)}`);
    return base.kind() === parsed.kind() && parsed.match(base, bits);
  });
}

/**
 * Why an address is refused; null if it is permitted. Outside the allowed networks, only public Internet addresses are:
 * no private, loopback, link-local, shared (RFC 6598) or reserved address, and none that leads to an IPv4 address
 * (mapped, NAT64, 6to4 …).
 */
export function refusalOfAddress(address: string, allowed: Networks): string | null {
  if (!ipaddr.isValid(address) || address.includes('%')) return 'it is not an address';
  if (isAmong(address, allowed)) return null;
  const parsed = ipaddr.parse(address);
  if (metadataAddresses.includes(parsed.toString())) return 'its address belongs to a metadata service';
  const range = parsed.range();
  if (range !== 'unicast') return `its address is ${wordsOf(range)}`;
  if (parsed.kind() === 'ipv6' && !parsed.match(globalUnicast)) return 'its address is not a public Internet address';
  return null;
}

/**
 * Why a URL is refused, as far as can be decided without resolving its name; null if it is permitted. Plain HTTP is for
 * allowed networks only. Parts that parsers interpret differently are refused: a user name, an unusual notation of an
 * address, escapes in the host.
 */
export function refusalOfUrl(text: string, allowed: Networks): string | null {
  const [, authority = ''] = /^https?:\/\/([^/?#]*)/.exec(text) ?? [];
  if (authority === '' || !/^[\x21-\x7e]+$/.test(text) || text.includes('\\') || !URL.canParse(text)) {
    return 'it is not a URL such as https://example.com/hooks';
  }
  const { hostname, protocol } = new URL(text);
  if (authority.includes('@')) return 'it contains a user name';
  const host = authority.replace(/:\d*$/, '');
  if (host.toLowerCase() !== hostname) return 'its host is written in an unusual notation';
  if (protocol === 'http:' && allowed.length === 0) return 'it is not https';
  const literal = literalOf(hostname);
  if (literal === null) return null;
  if (protocol === 'http:' && !isAmong(literal, allowed)) return 'it is not https';
  return refusalOfAddress(literal, allowed);
}

/** The address in a URL's host, without brackets; null for a name. */
export function literalOf(hostname: string): string | null {
  const bare = hostname.replace(/^\[(.*)\]$/, '$1');
  return ipaddr.isValid(bare) ? bare : null;
}

function bitsOf(address: string): number {
  return ipaddr.parse(address).kind() === 'ipv4' ? 32 : 128;
}

function wordsOf(range: ReturnType<Address['range']>): string {
  return range.replace(/([A-Z]|\d+)/g, ' $1').toLowerCase();
}
