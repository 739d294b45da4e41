/** An IPv4 block: its first address and its number of addresses. */
interface Block {
  readonly first: number;
  readonly size: number;
}

/** Addresses of one network: a /28, of which Docker and its gateway leave 13 to containers. */
const subnetSize = 16;

/**
 * The /28 blocks of a pool that overlap no used block. Begins at `start`, a fraction (0 to 1) of the pool, and wraps
 * around, so that two installations with the same pool seldom collide.
 */
export function* freeSubnets(pool: string, used: readonly string[], start: number): Generator<string> {
  const { first, size } = parse(pool);
  const taken = used.map(parse);
  const count = Math.floor(size / subnetSize);
  const offset = Math.floor(start * count);
  for (let index = 0; index < count; index += 1) {
    const block = { first: first + ((offset + index) % count) * subnetSize, size: subnetSize };
    if (!taken.some((other) => overlaps(block, other))) yield format(block);
  }
}

function overlaps(a: Block, b: Block): boolean {
  return a.first < b.first + b.size && b.first < a.first + a.size;
}

function parse(cidr: string): Block {
  const [address = '', bits = '32'] = cidr.split('/');
  const value = address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
  const size = 2 ** (32 - Number(bits));
  return { first: Math.floor(value / size) * size, size };
}

function format({ first, size }: Block): string {
  const octets = [24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256);
  return `${octets.join('.')}/${32 - Math.log2(size)}`;
}
