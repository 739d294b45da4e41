import { DatabaseError } from '../../domain/errors';
import { resolveTarget } from '../../notifications/resolve';
import { refusalOfAddress, refusalOfUrl } from '../../notifications/target';

const own = ['10.20.0.0/16', '192.168.7.9', 'fd12:3456::/48'];

// What is known to get past checks that compare texts: each is refused by its text alone, with no networks allowed.
test.each([
  ['http://example.com/hook', 'plain HTTP'],
  ['http://93.184.216.34/', 'plain HTTP to an address'],
  ['https://127.0.0.1/', 'loopback'],
  ['https://127.1/', 'loopback, short'],
  ['https://127.255.255.254/', 'the far end of loopback'],
  ['https://0x7f000001/', 'loopback in hexadecimal'],
  ['https://2130706433/', 'loopback as one number'],
  ['https://017700000001/', 'loopback in octal'],
  ['https://0177.0.0.1/', 'loopback, one part octal'],
  ['https://0x7f.0.0.1/', 'loopback, one part hexadecimal'],
  ['https://127.0.0.1./', 'loopback with a dot at the end'],
  ['https://%31%32%37.0.0.1/', 'loopback, escaped'],
  ['https://①②⑦.⓪.⓪.①/', 'loopback in other digits'],
  ['https://0/', 'this host, short'],
  ['https://0.0.0.0/', 'this host'],
  ['https://10.0.0.1/', 'private'],
  ['https://172.16.0.1/', 'private'],
  ['https://172.31.255.255/', 'private, the far end'],
  ['https://192.168.0.1/', 'private'],
  ['https://192.168.1/', 'private, short'],
  ['https://169.254.169.254/latest/meta-data/', 'metadata of AWS, Google, Azure'],
  ['https://0xa9fea9fe/', 'metadata in hexadecimal'],
  ['https://100.100.100.200/', 'metadata of Alibaba, in shared space'],
  ['https://192.0.0.192/', 'metadata of Oracle'],
  ['https://168.63.129.16/', 'WireServer of Azure, at a public address'],
  ['https://100.64.0.1/', 'shared address space'],
  ['https://198.18.0.1/', 'benchmarking'],
  ['https://192.0.2.7/', 'documentation'],
  ['https://224.0.0.1/', 'multicast'],
  ['https://255.255.255.255/', 'broadcast'],
  ['https://240.0.0.1/', 'reserved'],
  ['https://0x08080808/', 'a public address in an odd notation'],
  ['https://134744072/', 'a public address as one number'],
  ['https://[::1]/', 'loopback'],
  ['https://[::]/', 'unspecified'],
  ['https://[::ffff:127.0.0.1]/', 'loopback, mapped'],
  ['https://[::ffff:8.8.8.8]/', 'a public address, mapped'],
  ['https://[::ffff:7f00:1]/', 'loopback, mapped, in hexadecimal'],
  ['https://[::127.0.0.1]/', 'loopback, IPv4-compatible'],
  ['https://[64:ff9b::7f00:1]/', 'loopback by NAT64'],
  ['https://[64:ff9b:1::a00:1]/', 'private by local NAT64'],
  ['https://[2002:7f00:1::]/', 'loopback by 6to4'],
  ['https://[2001:0:53aa:64c:0:0:80ff:fffe]/', 'Teredo'],
  ['https://[fe80::1]/', 'link-local'],
  ['https://[fec0::1]/', 'site-local, of old'],
  ['https://[fc00::1]/', 'unique local'],
  ['https://[fd00:ec2::254]/', 'metadata of AWS over IPv6'],
  ['https://[2001:db8::1]/', 'documentation'],
  ['https://[4000::1]/', 'given to nobody'],
  ['https://[0:0:0:0:0:0:0:1]/', 'loopback, written out'],
  ['https://user@example.com/', 'a user'],
  ['https://example.com:443@127.0.0.1/', 'a user that looks like a host'],
  ['https://127.0.0.1\\@example.com/', 'a backslash'],
  ['https://example.com\t/', 'a tab, which URL parsers drop'],
  ['https://exa\nmple.com/', 'a line break'],
  ['https:/example.com/', 'one slash'],
  ['https:///127.0.0.1/', 'three slashes'],
  ['//example.com/', 'no scheme'],
  ['file:///etc/passwd', 'a file'],
  ['ftp://example.com/', 'another scheme'],
  ['gopher://127.0.0.1:6379/_FLUSHALL', 'another scheme'],
  ['data:text/plain,hello', 'no host'],
  ['https://', 'nothing'],
  ['https://example.com:99999/', 'a port that is none'],
])('%j is refused: %s', (url) => {
  expect(refusalOfUrl(url, [])).toEqual(expect.stringMatching(/^it|^its/));
});

test.each([
  ['https://example.com/hook'],
  ['https://EXAMPLE.com/hook'],
  ['https://example.com:8443/a?b=c#d'],
  ['https://xn--bcher-kva.example/'],
  ['https://8.8.8.8/'],
  ['https://[2606:4700::1111]/'],
])('%s may be told', (url) => {
  expect(refusalOfUrl(url, [])).toBeNull();
});

test.each([
  ['http://10.20.1.1/', null],
  ['https://10.20.1.1/', null],
  ['http://192.168.7.9:9000/', null],
  ['https://[fd12:3456::7]/', null],
  ['http://hooks.internal/', null],
  ['http://10.21.0.1/', 'it is not https'],
  ['http://8.8.8.8/', 'it is not https'],
  ['https://192.168.7.8/', 'its address is private'],
  ['https://[::ffff:a14:101]/', 'its address is ipv 4 mapped'],
  ['https://127.0.0.1/', 'its address is loopback'],
])('with networks of one’s own allowed, %s: %s', (url, refusal) => {
  expect(refusalOfUrl(url, own)).toBe(refusal);
});

test('an address with a zone is none', () => {
  expect(refusalOfAddress('fe80::1%eth0', ['fe80::/10'])).toBe('it is not an address');
});

describe('a name', () => {
  const egressOf = (allowed: string[], ...addresses: string[]) => ({
    allowed,
    resolve: async () => addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
  });
  const refused = expect.objectContaining({ code: 'delivery_refused' });

  test.each([['127.0.0.1'], ['10.0.0.1'], ['169.254.169.254'], ['::1'], ['::ffff:10.0.0.1'], ['64:ff9b::a00:1']])(
    'that stands for %s is not connected to',
    async (address) => {
      await expect(resolveTarget('rebound.example', egressOf([], address), false)).rejects.toEqual(refused);
    },
  );

  test('of whose addresses one is refused is not connected to at all', async () => {
    await expect(resolveTarget('both.example', egressOf([], '8.8.8.8', '10.0.0.1'), false)).rejects.toEqual(refused);
  });

  test('of an allowed network may be told by plain HTTP, and a public one may not', async () => {
    const [address] = await resolveTarget('mine.example', egressOf(own, '10.20.0.1'), true);
    expect(address).toEqual({ address: '10.20.0.1', family: 4 });
    await expect(resolveTarget('theirs.example', egressOf(own, '8.8.8.8'), true)).rejects.toEqual(refused);
  });

  test('without an address now may have one later', async () => {
    const resolve = () => Promise.reject(new DatabaseError('internal', 'ENOTFOUND'));
    const wanted = resolveTarget('gone.example', { allowed: [], resolve }, false);
    await expect(wanted).rejects.toMatchObject({ code: 'delivery_failed' });
  });
});
