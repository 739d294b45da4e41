import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Router } from 'express';
import { pino } from 'pino';
import { createApp } from '../../../api/app';
import { composeApi } from '../../../api/compose';
import { describedRoutes } from '../../../api/openapi/described';
import { documentOf } from '../../../api/openapi/document';
import { readApiConfig } from '../../../config/config';
import { createMemoryBackend } from '../../../containers/memory';
import { memoryHost } from '../../../dev/memory-host';
import { errorTable } from '../../../domain/errors';
import { expectInContract, outsideDocument } from '../../support/contract';
import { type Slipway, startSlipway } from '../../support/slipway';

const document = JSON.parse(JSON.stringify(documentOf(describedRoutes())));
const operations = Object.entries<Record<string, any>>(document.paths).flatMap(([route, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${route}`, operation })),
);

let slipway: Slipway;
beforeAll(async () => {
  slipway = await startSlipway({ ports: memoryHost(createMemoryBackend()), worker: false });
});
afterAll(async () => {
  await slipway?.stop();
});

test('the committed document is what the routes make; npm run check -- --fix writes it (A30)', () => {
  const file = path.join(__dirname, '..', '..', '..', 'docs', 'openapi.json');
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(document);
});

/** Every method and path that a router serves, in the document's form, such as `GET /v1/databases/{id}`. */
function servedBy({ stack }: Router): string[] {
  return stack.flatMap(({ route, handle }) => {
    if (route === undefined) return 'stack' in handle ? servedBy(handle as unknown as Router) : [];
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    // Each handler of a route is a layer. One without a method is for every other method, and refuses it.
    return route.stack.flatMap(({ method }) => (method ? [`${method.toUpperCase()} ${path}`] : []));
  });
}

test('it has every route that the program serves and no other, and its ids are unique (A30)', () => {
  const { environment, store, runs } = slipway;
  const dependencies = composeApi(readApiConfig(environment), store, runs, pino({ level: 'silent' }));
  const health = { checks: { database: store.ping, temporal: runs.ping }, isShuttingDown: () => false };
  const served = new Set(servedBy(createApp(dependencies, health).router));
  dependencies.hostAgent.close();
  const outside = outsideDocument.map((path) => `GET ${path}`);
  expect([...served].sort()).toEqual([...operations.map(({ name }) => name), ...outside].sort());
  const ids = operations.map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);
});

test.each([
  { what: 'an undocumented path that answers', method: 'GET', path: '/v1/secret-door', status: 200, body: {} },
  { what: 'an undocumented method that answers', method: 'DELETE', path: '/v1/sizes', status: 204, body: '' },
  { what: 'a refusal that is no problem', method: 'GET', path: '/v1/nothing', status: 404, body: 'no such page' },
])('the test client refuses $what (A30)', ({ method, path: at, status, body }) => {
  const answer = { status, headers: new Headers(), body };
  expect(() => expectInContract(method, `http://127.0.0.1${at}`, answer)).toThrow(/API document/);
});

test.each(operations)('$name has a summary, a tag, what succeeds and what may be refused (A30)', ({ operation }) => {
  expect(operation).toMatchObject({ summary: expect.stringMatching(/./), tags: [expect.any(String)] });
  const statuses = Object.keys(operation.responses);
  expect(statuses.some((status) => status.startsWith('2'))).toBe(true);
  expect(statuses).toEqual(expect.arrayContaining(['400', '401', '403', '500', '503']));
  for (const status of statuses.filter((one) => Number(one) >= 400)) {
    const schema = operation.responses[status].content['application/problem+json'].schema;
    expect(schema).toEqual({ $ref: '#/components/schemas/Problem' });
  }
});

test.each(Object.entries(errorTable))('the type of %s leads to a page about it', async (code, { status, title }) => {
  const page = await slipway.api.raw(`/errors/${code}`);
  expect(page.status).toBe(200);
  expect(page.body).toContain(`<h1>${code}</h1>`);
  expect(page.body).toContain(`${title}.`);
  expect(page.body).toContain(`HTTP status ${status}`);
});

test('it is served to anybody, and so is a page that takes nothing from elsewhere', async () => {
  const { status, body } = await slipway.api.raw('/openapi.json');
  expect({ status, body }).toEqual({ status: 200, body: document });
  const page = await slipway.api.raw('/docs');
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none';script-src 'self'");
  const links = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link);
  expect(links).toHaveLength(3);
  for (const link of links) expect((await slipway.api.raw(link)).status).toBe(200);
});
