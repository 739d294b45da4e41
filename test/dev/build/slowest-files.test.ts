import { slowestFiles } from '../../../dev/build/slowest-files';

test('the slowest files come first, with their time and their path from the root', () => {
  const files = [
    { name: '/repository/test/a.test.ts', startTime: 1_000, endTime: 1_500 },
    { name: '/repository/test/b.test.ts', startTime: 1_000, endTime: 62_230 },
    { name: '/repository/test/c.test.ts', startTime: 2_000, endTime: 4_000 },
  ];
  expect(slowestFiles(files, '/repository', 2)).toEqual(['   61.2 s  test/b.test.ts', '    2.0 s  test/c.test.ts']);
});
