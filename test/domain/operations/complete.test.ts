import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { kinds, type OperationKind, operationKinds } from '../../../domain/operations/kinds';
import { isRequested, mayChangeNothing, operations, type RequestedKind } from '../../../domain/operations/operations';
import { strikes } from '../../promises/faults/daemon-cases';
import { callsOf } from '../../promises/faults/docker-cases';
import { commitsOf } from '../../promises/faults/parts-cases';
import { type AcceptedNames, acceptedNames } from '../../support/schema';
import { inputs } from '../../support/verbs';

// What a kind of operation needs beside its rows in the tables, where neither the compiler nor another test asks for it
// by name. Routes, the API document, metrics and the crash matrix come from the tables themselves.

const root = path.join(__dirname, '..', '..', '..');
const lifecyclePage = readFileSync(path.join(root, 'docs', 'lifecycle.md'), 'utf8');

let accepted: AcceptedNames;
beforeAll(async () => {
  accepted = await acceptedNames();
});

/** A place that a kind must have: whether it is there, and what to do where it is not. */
interface Place<Kind> {
  readonly isThere: (kind: Kind) => boolean;
  readonly todo: (kind: Kind) => string;
}

const ofAll: readonly Place<OperationKind>[] = [
  {
    isThere: (kind) => accepted.get('operations.kind')?.includes(kind) === true,
    todo: (kind) => `add '${kind}' to the CHECK of operations.kind, in a new migration in prisma/migrations`,
  },
  {
    isThere: (kind) => existsSync(path.join(root, 'test', 'histories', `${kind}-succeeded.json`)),
    todo: (kind) => `record test/histories/${kind}-succeeded.json: npm run try -- record`,
  },
];

/** The trials of faults begin with a new or an available database; many of them end with a recovery. */
const isUntried = (kind: RequestedKind) => ['recover', 'undelete', 'purge'].includes(kind);

const ofRequested: readonly Place<RequestedKind>[] = [
  {
    isThere: (kind) => lifecyclePage.includes(`\n| \`${kind}\` |`),
    todo: (kind) => `add a row for '${kind}' to the table in docs/lifecycle.md`,
  },
  {
    isThere: hasInput,
    todo: (kind) => `add an input for '${kind}' to \`inputs\` in test/support/verbs.ts`,
  },
  {
    isThere: (kind) => isUntried(kind) || Object.hasOwn(callsOf, kind),
    todo: (kind) => `add the Docker calls of '${kind}' to test/promises/faults/docker-cases.ts`,
  },
  {
    isThere: (kind) => isUntried(kind) || Object.hasOwn(commitsOf, kind),
    todo: (kind) => `add the number of commits of '${kind}' to test/promises/faults/parts-cases.ts`,
  },
];

/** What touches a host, and so has a plan. */
const ofPlanned: readonly Place<RequestedKind>[] = [
  {
    isThere: (kind) => existsSync(path.join(root, 'test', 'domain', 'planning', 'golden', `${kind}.txt`)),
    todo: (kind) => `write test/domain/planning/golden/${kind}.txt: UPDATE_GOLDEN=1 npm test -- test/domain/planning`,
  },
  {
    isThere: (kind) => isUntried(kind) || Object.hasOwn(strikes, kind),
    todo: (kind) => `add the step at which the daemon fails in '${kind}' to test/promises/faults/daemon-cases.ts`,
  },
];

/** Slipway's own. */
const ofOwn: readonly Place<OperationKind>[] = [
  {
    isThere: (kind) => lifecyclePage.includes(`\`${kind}\``),
    todo: (kind) => `name '${kind}' in docs/lifecycle.md, below the table of operations`,
  },
];

/** Whether tests can request it so that it changes something. */
function hasInput(kind: RequestedKind): boolean {
  const input = inputs[kind]?.();
  return operations[kind].input.safeParse(input ?? {}).success && (input !== undefined || !mayChangeNothing(kind));
}

function todosOf<Kind>(kind: Kind, places: readonly Place<Kind>[]): string[] {
  return places.filter(({ isThere }) => !isThere(kind)).map(({ todo }) => todo(kind));
}

test.each(operationKinds)('nothing is left to do for %s', (kind) => {
  const todos = todosOf(kind, ofAll);
  if (!isRequested(kind)) todos.push(...todosOf(kind, ofOwn));
  else todos.push(...todosOf(kind, ofRequested), ...(kinds[kind].recordOnly ? [] : todosOf(kind, ofPlanned)));
  expect(todos).toEqual([]);
});
