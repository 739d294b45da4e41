import { pointsOfNoReturn } from '../../../domain/planning/steps';

test('marking a volume as used and removing one are points of no return', () => {
  expect(pointsOfNoReturn).toEqual(['markUsed', 'removeVolume']);
});
