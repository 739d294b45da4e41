import { needsRestart } from '../../../domain/planning/restart-settings';

test.each([
  { name: 'max_connections', version: '17', needs: true },
  { name: 'work_mem', version: '17', needs: false },
  { name: 'autovacuum_max_workers', version: '17', needs: true },
  { name: 'autovacuum_max_workers', version: '18', needs: false },
])('$name in version $version needs a restart: $needs', ({ name, version, needs }) => {
  expect(needsRestart(name, version)).toBe(needs);
});
