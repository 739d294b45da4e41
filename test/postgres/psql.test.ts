import { createMemoryBackend } from '../../containers/memory';
import { runPsql } from '../../postgres/psql';
import { create, newFixture } from '../containers/fixtures';

test.each([
  { what: 'all of its input', answer: { exitCode: 0, stdout: 'slipway: done\n', stderr: '' }, refused: null },
  {
    what: 'a part of its input, and ends well',
    answer: { exitCode: 0, stdout: '', stderr: '' },
    refused: /its input was cut off$/,
  },
  {
    what: 'a bad statement',
    answer: { exitCode: 3, stdout: '', stderr: 'ERROR:  no\nmore' },
    refused: /ERROR: {2}no$/,
  },
])('statements have run only if psql has had $what', async ({ answer, refused }) => {
  const backend = createMemoryBackend({ exec: () => answer });
  const fixture = await newFixture('psql', 'any');
  await create(backend, fixture);
  await backend.startContainer(fixture.name, fixture.labels);
  const run = runPsql(backend, fixture.name, 'SELECT 1;', {});
  if (refused === null) await run;
  else await expect(run).rejects.toMatchObject({ code: 'engine_error', message: expect.stringMatching(refused) });
});
