import { lifecycleStates, observedStates, operationStates, stepStates } from '../../../domain/states';
import { type AcceptedNames, acceptedNames } from '../../support/schema';

let accepted: AcceptedNames;
beforeAll(async () => {
  accepted = await acceptedNames();
});

test.each([
  ['databases.state', lifecycleStates],
  ['instances.state', lifecycleStates],
  ['observed_statuses.state', observedStates],
  ['operations.state', operationStates],
  ['steps.state', stepStates],
] as const)('the column %s accepts exactly the names that the code has', (column, names) => {
  expect(accepted.get(column)).toEqual([...names]);
});
