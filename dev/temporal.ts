import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { type Child, startChild, tailOf } from './children';
import type { Home } from './home';
import { serverFlags, type TemporalConfig } from './temporal-config';

const startTimeoutMs = 60_000;

/** `IndexedValueType` of Temporal's API. */
const attributeTypes = { Text: 1, Keyword: 2, Int: 3, Double: 4, Bool: 5, Datetime: 6, KeywordList: 7 } as const;

export interface TemporalPorts {
  readonly port: number;
  readonly uiPort: number;
}

/** Starts the dev server on its data and waits until its namespace is as configured. */
export async function startTemporal(
  home: Home,
  binary: string,
  config: TemporalConfig,
  ports: TemporalPorts,
): Promise<Child> {
  const folder = path.join(home.folder, 'temporal');
  await mkdir(folder, { recursive: true });
  const logFile = path.join(home.logs, 'temporal.log');
  const args = serverFlags(config, ports, path.join(folder, 'temporal.db'));
  const child = startChild({ name: 'temporal', program: binary, args, logFile, stopSignal: 'SIGTERM' });
  let ended: string | undefined;
  void child.ended.then((how) => {
    ended = how;
  });
  const address = `${config.address}:${ports.port}`;
  for (const deadline = Date.now() + startTimeoutMs; ; await delay(100)) {
    try {
      await configure(address, config);
      return child;
    } catch (error) {
      if (ended === undefined && Date.now() < deadline) continue;
      await child.stop();
      throw new Error(`Temporal did not start (${ended ?? 'no answer'}):\n${tailOf(logFile)}`, { cause: error });
    }
  }
}

/** Search attributes are taken at the namespace's creation only, and retention not at all: both are set here. */
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
