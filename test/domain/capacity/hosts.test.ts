import { hostStateOf } from '../../../domain/capacity/hosts';

test.each([
  { unseenSeconds: null, cordoned: false, state: 'new' },
  { unseenSeconds: null, cordoned: true, state: 'new' },
  { unseenSeconds: 0, cordoned: false, state: 'ready' },
  { unseenSeconds: 30, cordoned: false, state: 'ready' },
  { unseenSeconds: 30.1, cordoned: false, state: 'silent' },
  { unseenSeconds: 30.1, cordoned: true, state: 'silent' },
  { unseenSeconds: 5, cordoned: true, state: 'cordoned' },
])('a host not seen for $unseenSeconds s, cordoned: $cordoned, is $state', ({ state, ...host }) => {
  expect(hostStateOf(host)).toBe(state);
});
