import { budgetProblems, type ReportedFile, slowestFiles } from '../../../dev/build/test-times';

function file(name: string, seconds: number, inTests: readonly (number | null)[] = []): ReportedFile {
  const assertionResults = inTests.map((duration) => ({ duration }));
  return { name: `/repository/test/${name}`, startTime: 1_000, endTime: 1_000 + seconds * 1000, assertionResults };
}

test('the slowest files come first, with their time, that outside tests, and their path from the root', () => {
  const files = [file('a.test.ts', 0.5), file('api/b.test.ts', 61.23, [60_000, null]), file('c.test.ts', 2, [2_100])];
  expect(slowestFiles(files, '/repository', 2)).toEqual([
    '  61.2 s     1.2 s outside tests  test/api/b.test.ts',
    '   2.0 s     0.0 s outside tests  test/c.test.ts',
  ]);
});

describe('the budgets of folders', () => {
  const budgets = { test: 2, 'test/api': 10, 'test/store': 20 };
  const run = (api: number, store: number) => [
    file('pages.test.ts', 2),
    file('api/http/a.test.ts', api - 1),
    file('api/b.test.ts', 1),
    file('store/c.test.ts', store),
  ];

  test('allow half as much again, for all files of a folder together', () => {
    expect(budgetProblems(run(14.9, 20), '/repository', budgets)).toEqual([]);
    expect(budgetProblems(run(15.2, 20), '/repository', budgets)).toEqual([
      'test/api took 15 s, with a budget of 10 s',
    ]);
  });

  test('grow on a machine on which everything is slow', () => {
    expect(budgetProblems(run(18, 36), '/repository', budgets)).toEqual([]);
    expect(budgetProblems(run(28, 36), '/repository', budgets)).toEqual(['test/api took 28 s, with a budget of 10 s']);
  });

  test('are needed for every folder', () => {
    expect(budgetProblems([file('web/a.test.ts', 3)], '/repository', budgets)).toEqual([
      'test/web took 3 s and has no budget',
    ]);
  });
});
