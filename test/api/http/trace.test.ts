import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { traceIdOf } from '../../../api/http/trace';
import { workflowIdOf } from '../../../domain/temporal-names';
import { createTemporalClient } from '../../../temporal/connection';
import { adminKeyOf } from '../../support/admin-key';
import { createTestDatabase } from '../../support/database';
import { createApiClient } from '../../support/http';
import { startProgram } from '../../support/program';
import { testEnvironment } from '../../support/slipway';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const parentId = '00f067aa0ba902b7';

test.each([
  { header: `00-${traceId}-${parentId}-01`, is: traceId, why: 'as the standard shows it' },
  { header: `00-${traceId}-${parentId}-00`, is: traceId, why: 'not sampled' },
  { header: `cc-${traceId}-${parentId}-01`, is: traceId, why: 'of a later version' },
  { header: `cc-${traceId}-${parentId}-01-what-comes`, is: traceId, why: 'of a later version with more' },
  { header: `00-${traceId}-${parentId}-01-more`, is: null, why: 'of the first version with more' },
  { header: `ff-${traceId}-${parentId}-01`, is: null, why: 'of the version that there is not' },
  { header: `00-${'0'.repeat(32)}-${parentId}-01`, is: null, why: 'with a trace of zeros' },
  { header: `00-${traceId}-${'0'.repeat(16)}-01`, is: null, why: 'with a parent of zeros' },
  { header: `00-${traceId.toUpperCase()}-${parentId}-01`, is: null, why: 'in upper case' },
  { header: `00-${traceId}-${parentId}-1`, is: null, why: 'too short' },
  { header: `cc-${traceId}-${parentId}-01.x`, is: null, why: 'of a later version that goes on without a hyphen' },
  { header: '', is: null, why: 'empty' },
  { header: undefined, is: null, why: 'missing' },
])('a traceparent $why is $is', ({ header, is }) => {
  expect(traceIdOf({ headers: { traceparent: header } } as unknown as IncomingMessage)).toBe(is);
});

test('one request id and one trace id are in the logs of API, workflow and activity, on the operation and in the memo', async () => {
  const database = await createTestDatabase();
  // No such image: an activity fails, and says so.
  const environment: Readonly<Record<string, string>> = {
    ...testEnvironment(database),
    LOG_LEVEL: 'debug',
    PORT: '0',
    SLIPWAY_ENGINE_IMAGES: '17=slipway/none:17',
  };
  const programs = [startProgram('api/main.js', environment), startProgram('worker.js', environment)] as const;
  const [apiProgram, worker] = programs;
  try {
    const { address } = await apiProgram.line(({ msg }) => msg === 'listening');
    await worker.line(({ msg }) => msg === 'ready');
    const { port } = address as AddressInfo;
    const api = createApiClient(`http://127.0.0.1:${port}`, await adminKeyOf(database.url));
    const requestId = `request-${randomBytes(4).toString('hex')}`;
    const headers = { 'x-request-id': requestId, traceparent: `00-${traceId}-${parentId}-01` };
    const input = { name: 'traced', version: '17', size: 'micro' };
    const accepted = await api.send('POST', '/v1/databases', input, headers);
    expect({ status: accepted.status, id: accepted.headers.get('x-request-id') }).toEqual({
      status: 202,
      id: requestId,
    });
    const ids = { requestId, traceId };
    const { id: operationId, databaseId } = accepted.body.operation;
    expect(await api.finished(operationId)).toMatchObject({
      ...ids,
      state: 'failed',
      error: { code: 'image_not_found' },
    });
    const isOfRequest = (line: object) => Object.entries(ids).every(([name, id]) => Reflect.get(line, name) === id);
    await apiProgram.line((line) => line.msg === 'request completed' && isOfRequest(line));
    await worker.line(
      (line) => line.msg === 'activity failed' && isOfRequest(line) && line.operationId === operationId,
    );
    await worker.line(
      (line) => line.msg === 'Workflow started' && isOfRequest(line) && line.operationId === operationId,
    );
    const [temporalHost, namespace] = [environment.TEMPORAL_ADDRESS ?? '', environment.TEMPORAL_NAMESPACE ?? ''];
    const temporal = createTemporalClient({ address: temporalHost, namespace });
    const { memo } = await temporal.workflow.getHandle(workflowIdOf(databaseId)).describe();
    await temporal.connection.close();
    expect(memo).toEqual({ operationId, ...ids });
    const plain = await api.send('DELETE', `/v1/databases/${databaseId}`, undefined, { traceparent: 'nonsense' });
    expect(plain.body.operation.traceId).toBeNull();
    await api.finished(plain.body.operation.id);
  } finally {
    for (const program of programs) {
      program.signal('SIGKILL');
      await program.ended;
    }
    await database.drop();
  }
});
