import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { Connection } from '@temporalio/client';
import { type Child, startChild, untilAnswering } from './children';
import type { Home } from './home';
import type { StackPorts } from './ports';
import { serverFlags, type TemporalConfig } from './temporal-config';

const startTimeoutMs = 60_000;

/** `IndexedValueType` of Temporal's API. */
const attributeTypes = { Text: 1, Keyword: 2, Int: 3, Double: 4, Bool: 5, Datetime: 6, KeywordList: 7 } as const;

/**
 * Starts the dev server on its data and waits until its namespace is as configured.
 *
 * @param spawned called with its process before it responds
 */
export async function startTemporal(
  home: Home,
  binary: string,
  config: TemporalConfig,
  ports: Pick<StackPorts, 'port' | 'uiPort'>,
  spawned: (child: Child) => void = () => undefined,
): Promise<Child> {
  const folder = path.join(home.folder, 'temporal');
  await mkdir(folder, { recursive: true });
  const logFile = path.join(home.logs, 'temporal.log');
  const args = serverFlags(config, ports, path.join(folder, 'temporal.db'));
  const child = startChild({ name: 'temporal', program: binary, args, logFile, stopSignal: 'SIGTERM' });
  spawned(child);
  await untilAnswering(child, () => configure(`${config.address}:${ports.port}`, config), startTimeoutMs);
  return child;
}

/** Sets search attributes, which the server takes only for a new namespace, and retention, for which it has no flag. */
async function configure(address: string, { namespace, searchAttributes, retention }: TemporalConfig): Promise<void> {
  const connection = await Connection.connect({ address, connectTimeout: 1_000 });
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    const missing = Object.entries(searchAttributes).filter(([name]) => customAttributes?.[name] === undefined);
    if (missing.length > 0) {
      const added = Object.fromEntries(missing.map(([name, type]) => [name, attributeTypes[type]]));
      await connection.operatorService.addSearchAttributes({ namespace, searchAttributes: added });
    }
    const seconds = Number.parseInt(retention, 10) * 3600;
    const config = { workflowExecutionRetentionTtl: { seconds: seconds as unknown as never } };
    await connection.workflowService.updateNamespace({ namespace, config });
  } finally {
    await connection.close();
  }
}
