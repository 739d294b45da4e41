import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { createDockerBackend } from '../containers/docker/backend';
import { runCommand } from './machine/stages';
import { type AcceptedView, type ApiClient, createApiClient, type OperationView } from './stack/client';
import { type Session, withSession } from './stack/session';
import { unlessSignalled } from './stack/signals';
import { supervise } from './stack/supervisor';

const once = process.argv.includes('--once') || !process.stdout.isTTY;

/** Creates a real database over HTTP, uses it, and shows how to continue. */
async function show(session: Session): Promise<void> {
  const { home, stack, signalled } = session;
  const supervisor = supervise(stack, (part) => say(`${part} is back`));
  try {
    const api = createApiClient(stack.apiUrl, (await readFile(home.adminKeyFile, 'utf8')).trim());
    const id = await unlessSignalled(signalled, tryOut(api));
    if (once) return;
    showHowToGoOn(session, id);
    await signalled;
    showWhatIsLeft(session, id);
  } catch (error) {
    say(`The logs are in ${home.logs}; npm run dev starts everything again, to look at what is there`);
    throw error;
  } finally {
    supervisor.end();
  }
}

/** Creates and uses a database, and deletes it if the command ends after that (`once`). */
async function tryOut(api: ApiClient): Promise<string> {
  const { id, url } = await createDatabase(api);
  await useDatabase(url);
  if (once) await deleteDatabase(api, id);
  return id;
}

async function createDatabase(api: ApiClient): Promise<{ id: string; url: string }> {
  const name = `quickstart-${Date.now().toString(36)}`;
  say(`\nPOST /v1/databases {"name": "${name}", "version": "17", "size": "small"}`);
  const { operation, database } = await api<AcceptedView>('POST', '/v1/databases', {
    name,
    version: '17',
    size: 'small',
  });
  say(`  accepted: operation ${operation.id}, workflow ${operation.workflowId}`);
  say(`  watch it: ${operation.temporalUrl}`);
  await follow(api, operation);
  const { url, ...shown } = await api<{ url: string; host: string; port: number }>(
    'GET',
    `/v1/databases/${database.id}/connection`,
  );
  say(`\nGET /v1/databases/${database.id}/connection: postgresql://app:…@${shown.host}:${shown.port}/app`);
  return { id: database.id, url };
}

/** Shows each step when it ends; throws if the operation does not succeed. */
async function follow(api: ApiClient, { id }: OperationView): Promise<void> {
  const shown = new Set<string>();
  for (;;) {
    const operation = await api<OperationView>('GET', `/v1/operations/${id}`);
    for (const { plan, name, resource, state, startedAt, endedAt } of operation.steps) {
      const key = `${plan} ${name} ${resource}`;
      if (endedAt === null || startedAt === null || shown.has(key)) continue;
      shown.add(key);
      const milliseconds = Date.parse(endedAt) - Date.parse(startedAt);
      say(`  ${state === 'succeeded' ? '✓' : '✗'} ${name} ${resource} (${milliseconds} ms)`);
    }
    if (operation.done) {
      if (operation.state === 'succeeded') return;
      throw new Error(`operation ${id} is ${operation.state}: ${operation.error?.code} ${operation.error?.message}`);
    }
    await delay(100);
  }
}

async function useDatabase(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('CREATE TABLE ships (name text PRIMARY KEY, launched date)');
    await client.query("INSERT INTO ships VALUES ('Vasa', '1628-08-10'), ('Fram', '1892-10-26')");
    const { rows } = await client.query<{ name: string; year: string }>(
      "SELECT name, to_char(launched, 'YYYY') AS year FROM ships ORDER BY launched",
    );
    say('  created a table, wrote and read back:');
    for (const { name, year } of rows) say(`    ${name}, ${year}`);
    if (rows.length !== 2) throw new Error(`expected two rows and read ${rows.length}`);
  } finally {
    await client.end();
  }
}

async function deleteDatabase(api: ApiClient, id: string): Promise<void> {
  say(`\nDELETE /v1/databases/${id}`);
  const { operation } = await api<AcceptedView>('DELETE', `/v1/databases/${id}`);
  await follow(api, operation);
  const left = await createDockerBackend({ dockerHost: process.env.DOCKER_HOST }).list({ 'slipway.database': id });
  if (left.length > 0) throw new Error(`left behind: ${left.map(({ kind, name }) => `${kind} ${name}`).join(', ')}`);
  say('  no container, volume or network is left');
}

function showHowToGoOn({ home, stack }: Session, id: string): void {
  say(`
Everything runs until Ctrl-C. To go on, in another terminal:
  KEY=$(cat ${home.adminKeyFile})
  curl -H "Authorization: Bearer $KEY" ${stack.apiUrl}/v1/databases
  curl -H "Authorization: Bearer $KEY" ${stack.apiUrl}/v1/databases/${id}/connection
  curl -H "Authorization: Bearer $KEY" -X DELETE ${stack.apiUrl}/v1/databases/${id}
Runs in the Temporal Web UI: ${stack.temporalUiUrl}`);
}

function showWhatIsLeft({ home, stack }: Session, id: string): void {
  say(`
Left behind: database ${id}: its container, its volume and its network. To remove them: npm run dev, and in another terminal
  curl -H "Authorization: Bearer $(cat ${home.adminKeyFile})" -X DELETE ${stack.apiUrl}/v1/databases/${id}`);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

runCommand(() => withSession(show));
