import fc from 'fast-check';
import { problemSchema } from '../../../api/http/schemas';
import { expectInContract } from '../../support/contract';
import type { Answer } from '../../support/http';
import type { Digests } from './digest';
import { type FuzzRequest, fuzzRequest } from './requests';
import { createWorld, type World } from './world';

/** `npm run try -- fuzz --cases N --seed S`; a few of them by `npm test`. */
const cases = Number(process.env.SLIPWAY_FUZZ_CASES ?? 300);
const seed = Number(process.env.SLIPWAY_FUZZ_SEED ?? 1);

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(async () => {
  await world?.close();
});

test(
  'whatever is asked, nothing goes wrong with us, the answer is documented, and what is refused changes nothing (A30)',
  async () => {
    const statuses = new Map<number, number>();
    let before: Digests | null = null;
    const check = async (request: FuzzRequest): Promise<void> => {
      // Where the last one went wrong, nobody knows what there is now.
      const known = before ?? (await world.digest());
      before = null;
      const answer = await world.ask(request);
      const { status } = answer;
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (status >= 500) throw new Error(`answered ${status}: ${JSON.stringify(answer.body)}`);
      expectInContract(request.method, new URL(`http://api${request.target.split('?')[0]}`).href, answer);
      if (status >= 400) {
        expectProblem(request, answer);
        expect(await world.digest()).toEqual(known);
      }
      const mayChange = status < 400 && !['GET', 'HEAD', 'OPTIONS'].includes(request.method);
      if (mayChange) await world.settle();
      before = mayChange ? await world.digest() : known;
    };
    await fc.assert(fc.asyncProperty(fuzzRequest, check), { numRuns: cases, seed });
    // It has met more than the door.
    for (const status of [200, 202, 400, 401, 403, 404, 405]) expect([...statuses.keys()]).toContain(status);
    process.stderr.write(
      `${cases} requests, seed ${seed}, by status: ${JSON.stringify(Object.fromEntries(statuses))}\n`,
    );
  },
  60_000 + cases * 500,
);

/** What is refused by us has our request id and is a problem; what Node refuses before has no body. */
function expectProblem({ method }: FuzzRequest, { status, headers, body }: Answer): void {
  if (!headers.has('x-request-id')) expect([400, 408, 431]).toContain(status);
  else if (method === 'HEAD') expect(body).toBe('');
  else {
    expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(problemSchema.parse(body)).toMatchObject({ status });
  }
}
