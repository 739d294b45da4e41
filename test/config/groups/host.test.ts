import { readWorkerConfig } from '../../../config/config';
import { errorOf, good } from '../../support/config';

describe('where a worker answers the API', () => {
  const addressOf = (environment: object) => readWorkerConfig({ ...good, ...environment }).agent;

  test.each([
    { written: '', host: '127.0.0.1', port: 0 },
    { written: '10.0.0.1:7443', host: '10.0.0.1', port: 7443 },
    { written: '[fd00::1]:7443', host: 'fd00::1', port: 7443 },
    { written: 'db-host.example:7443', host: 'db-host.example', port: 7443 },
  ])('"$written" is $host, port $port', ({ written, host, port }) => {
    expect(addressOf({ SLIPWAY_AGENT_ADDRESS: written })).toEqual({ listen: { host, port }, url: undefined });
  });

  test.each(['0.0.0.0:7443', '0:7443', '[::]:7443', '[0:0::0]:0', '[::ffff:0.0.0.0]:7443'])(
    '%s is every address, and needs one by which the API reaches it',
    (SLIPWAY_AGENT_ADDRESS) => {
      const { errors } = errorOf(() => readWorkerConfig({ ...good, SLIPWAY_AGENT_ADDRESS }));
      expect(errors).toEqual([expect.stringMatching(/^SLIPWAY_AGENT_URL: expected where the API reaches the worker/)]);
      const SLIPWAY_AGENT_URL = 'https://10.0.0.1:7443';
      expect(addressOf({ SLIPWAY_AGENT_ADDRESS, SLIPWAY_AGENT_URL }).url).toBe(SLIPWAY_AGENT_URL);
    },
  );
});
