import type { ObservedContainer } from '../../../containers/backend';
import { checkError } from '../../../domain/health/check-errors';
import { causeOf } from '../../../worker/health/explain';

const refused = checkError('connection_refused', 'connect ECONNREFUSED 127.0.0.1:20000');

const running: ObservedContainer = {
  kind: 'container',
  name: 'pg',
  id: 'id',
  labels: {},
  image: 'postgres:17',
  state: 'running',
  exitCode: null,
  oomKilled: false,
  startedAt: null,
  nanoCpus: 1,
  memoryBytes: 1,
  hostPort: null,
  binding: null,
  volumes: [],
  networks: {},
};

test.each<{ name: string; container: Partial<ObservedContainer> | null; logTail?: string; code: string }>([
  { name: 'one that is gone', container: null, code: 'container_missing' },
  { name: 'one that runs says nothing more', container: {}, code: 'connection_refused' },
  { name: 'one that is frozen', container: { state: 'paused' }, code: 'container_paused' },
  { name: 'one that was never started', container: { state: 'created' }, code: 'container_not_running' },
  { name: 'one that was killed', container: { state: 'exited', exitCode: 137 }, code: 'container_exited' },
  {
    name: 'one that ran out of memory',
    container: { state: 'exited', exitCode: 137, oomKilled: true },
    code: 'out_of_memory',
  },
  {
    name: 'one in which a process once had',
    container: { state: 'exited', exitCode: 0, oomKilled: true },
    code: 'container_exited',
  },
  {
    name: 'one whose volume is full',
    container: { state: 'exited', exitCode: 1 },
    logTail: 'PANIC:  could not write to file "pg_wal/xlogtemp.29": No space left on device',
    code: 'disk_full',
  },
])('a failure is explained by its container: $name (E05)', ({ container, logTail = '', code }) => {
  const sight = { container: container === null ? null : { ...running, ...container }, logTail };
  expect(causeOf(refused, 'pg', sight).code).toBe(code);
});
