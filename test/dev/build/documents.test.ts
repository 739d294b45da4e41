import { staleDocuments } from '../../../dev/build/documents';

test('the committed documents are what the code generates; npm run check -- --fix writes them', () => {
  expect(staleDocuments()).toEqual([]);
});
