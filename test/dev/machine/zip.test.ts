import { fileInZip } from '../../../dev/machine/zip';
import { zipOf } from '../../support/zip';

const files = { 'a/empty': '', 'a/text': 'text '.repeat(1000), 'b/text': 'other' };
const archive = zipOf(files);

test.each(Object.entries(files))('it reads %s', (name, content) => {
  expect(fileInZip(archive, (one) => one === name).toString('utf8')).toBe(content);
});

test('where several names fit, the first is read', () => {
  expect(fileInZip(archive, (name) => name.endsWith('text')).toString('utf8')).toBe(files['a/text']);
});

test.each([
  { what: 'a name that is not there', bytes: archive, says: 'no such file' },
  { what: 'no archive', bytes: Buffer.from('<html>no such page</html>'), says: 'not a zip archive' },
  { what: 'an archive that was cut off', bytes: archive.subarray(0, -30), says: 'not a zip archive' },
  { what: 'a directory elsewhere', bytes: withDirectoryAt(archive, 3), says: 'damaged' },
])('$what is refused', ({ bytes, says }) => {
  expect(() => fileInZip(bytes, (name) => name === 'c')).toThrow(says);
});

function withDirectoryAt(bytes: Buffer, offset: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt32LE(offset, copy.length - 6);
  return copy;
}
