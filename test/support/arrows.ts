/** Which folder may import which, the files at the root as `.`: the table of docs/layout.md. */
export const arrows: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  containers: ['domain'],
  notifications: ['domain'],
  store: ['domain'],
  postgres: ['domain', 'containers', 'store'],
  activities: ['domain', 'containers', 'notifications', 'store', 'postgres'],
  // Types of the activities, and pure helpers: nothing that runs.
  workflows: ['domain', 'activities/types'],
  // Which workflow carries out what is a matter of types; the failure converter is loaded by its path.
  temporal: [
    ...['domain', 'store', 'workflows/index', 'workflows/notifications'],
    ...['workflows/search-attributes', 'workflows/failure-converter'],
  ],
  // The API's reads of a host go through its worker.
  agent: ['domain', 'store', 'containers/backend', 'containers/resilience'],
  // Settings and their defaults; what they are for does not concern it.
  config: ['domain', 'containers/resilience/settings', 'postgres/patience'],
  process: ['domain', 'config', 'store', 'temporal'],
  commands: ['domain', 'config', 'process', 'store'],
  // It checks where a channel may send to; it sends nothing itself.
  api: ['domain', 'config', 'process', 'store', 'temporal', 'postgres', 'agent', 'notifications/target'],
  worker: [
    ...['domain', 'config', 'process', 'store', 'temporal', 'postgres', 'agent', 'notifications', 'containers'],
    ...['activities', 'workflows'],
  ],
  '.': ['config', 'process', 'worker'],
};

/** Outside the programs: these may import any of them, but not the folders listed. */
export const outside: Readonly<Record<string, readonly string[]>> = { dev: ['test'], test: [] };
