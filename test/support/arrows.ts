/** The imports that each folder may have, as in the table of docs/layout.md; `.` stands for the files at the root. */
export const arrows: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  containers: ['domain'],
  notifications: ['domain'],
  store: ['domain'],
  postgres: ['domain', 'containers', 'store'],
  activities: ['domain', 'containers', 'notifications', 'store', 'postgres'],
  // Only types of the activities and pure code.
  workflows: ['domain', 'activities/types'],
  // Workflows are imported as types; the failure converter is loaded by its path.
  temporal: [
    ...['domain', 'store', 'workflows/index', 'workflows/notifications'],
    ...['workflows/search-attributes', 'workflows/failure-converter'],
  ],
  // The API reads a host through the agent of the host's worker.
  agent: ['domain', 'store', 'containers/backend', 'containers/resilience'],
  // Only settings and their defaults.
  config: ['domain', 'containers/resilience/settings', 'postgres/patience'],
  process: ['domain', 'config', 'store', 'temporal'],
  commands: ['domain', 'config', 'process', 'store'],
  // The API checks the targets of channels; it sends nothing itself.
  api: ['domain', 'config', 'process', 'store', 'temporal', 'postgres', 'agent', 'notifications/target'],
  worker: [
    ...['domain', 'config', 'process', 'store', 'temporal', 'postgres', 'agent', 'notifications', 'containers'],
    ...['activities', 'workflows'],
  ],
  '.': ['config', 'process', 'worker'],
};

/** Folders outside the programs: they may import everything except the folders listed. */
export const outside: Readonly<Record<string, readonly string[]>> = { dev: ['test'], test: [] };
