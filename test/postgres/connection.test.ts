import { Client } from 'pg';
import { connectionOf } from '../../postgres/connection';

const plain = { host: '127.0.0.1', port: 20_001, database: 'app', user: 'app', password: 'secret' };

test.each([
  [{}, 'postgresql://app:secret@127.0.0.1:20001/app'],
  [{ password: 'p@ss:w/rd?#%& +' }, 'postgresql://app:p%40ss%3Aw%2Frd%3F%23%25%26%20%2B@127.0.0.1:20001/app'],
  [{ user: 'o/w@ner', database: 'my db' }, 'postgresql://o%2Fw%40ner:secret@127.0.0.1:20001/my%20db'],
  [{ host: '::1' }, 'postgresql://app:secret@[::1]:20001/app'],
])('%p', (part, url) => {
  expect(connectionOf({ ...plain, ...part })).toEqual({ ...plain, ...part, url });
});

test('a client reads from the URL what it was made of', () => {
  const input = { ...plain, user: 'ö', database: 'my db', password: '%25"\\\'😀:@' };
  const { user, database, password, host, port } = new Client({ connectionString: connectionOf(input).url });
  expect({ user, database, password, host, port }).toEqual(input);
});
