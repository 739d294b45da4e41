import { describedRoutes } from '../../../api/openapi/described';
import { documentOf } from '../../../api/openapi/document';
import { memoryHost } from '../../../dev/memory-host';
import { type Slipway, startSlipway } from '../../support/slipway';
import { uniqueName } from '../../support/test-store';

let slipway: Slipway;
beforeAll(async () => {
  slipway = await startSlipway({ ports: memoryHost(), worker: false });
});
afterAll(async () => {
  await slipway?.stop();
});

const patchRoutes = describedRoutes().filter(({ method }) => method === 'patch');

async function send(method: string, path: string, contentType: string | undefined, body = '{}') {
  const headers = { authorization: `Bearer ${slipway.api.key}`, ...(contentType && { 'content-type': contentType }) };
  // A buffer, as fetch adds a content type of its own to text.
  return slipway.api.raw(path, { method, headers, body: Buffer.from(body) });
}

describe.each(patchRoutes.map(({ path }) => path))('PATCH %s', (route) => {
  const path = route.replace(':id', 'aaaaaaaaaaaa');

  test.each(['application/json', 'application/merge-patch+json', 'application/merge-patch+json; charset=utf-8'])(
    'reads a body of type %s',
    async (contentType) => {
      expect((await send('PATCH', path, contentType)).body.code).toBe('not_found');
      const wrong = await send('PATCH', path, contentType, '{"color":"red"}');
      expect({ status: wrong.status, field: wrong.body.errors[0].field }).toEqual({ status: 400, field: 'color' });
    },
  );

  test.each(['application/json-patch+json', 'text/plain', undefined])(
    'of type %s is 415 and names both types in Accept-Patch (RFC 5789, 2.2)',
    async (contentType) => {
      const { status, headers, body } = await send('PATCH', path, contentType);
      expect({ status, code: body.code }).toEqual({ status: 415, code: 'unsupported_media_type' });
      expect(headers.get('accept-patch')).toBe('application/json, application/merge-patch+json');
      expect(body.detail).toBe(
        `expected Content-Type application/json or application/merge-patch+json, received ${contentType ?? 'none'}`,
      );
    },
  );

  test('has both types in the API document', () => {
    const operation = documentOf([...describedRoutes()]).paths?.[route.replace(':id', '{id}')]?.patch;
    const types = Object.keys((operation?.requestBody as { content: object }).content);
    expect(types).toEqual(['application/json', 'application/merge-patch+json']);
  });
});

test('only PATCH takes a merge patch', async () => {
  const { status, headers, body } = await send('POST', '/v1/databases', 'application/merge-patch+json');
  expect({ status, detail: body.detail }).toEqual({
    status: 415,
    detail: 'expected Content-Type application/json, received application/merge-patch+json',
  });
  expect(headers.get('accept-patch')).toBeNull();
});

test('the same patch under either type is the same request to an Idempotency-Key', async () => {
  const { body: host } = await slipway.api.send('POST', '/v1/hosts', { id: `host-${uniqueName()}` });
  const patch = (contentType: string) =>
    slipway.api.send(
      'PATCH',
      `/v1/hosts/${host.id}`,
      { cordoned: true },
      {
        'content-type': contentType,
        'idempotency-key': host.id,
      },
    );
  const first = await patch('application/merge-patch+json');
  expect(first).toMatchObject({ status: 200, body: { cordoned: true } });
  const again = await patch('application/json');
  expect({ replayed: again.headers.get('idempotency-replayed'), body: again.body }).toEqual({
    replayed: 'true',
    body: first.body,
  });
});
