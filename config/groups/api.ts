import { limit, milliseconds, name, networks, port } from '../forms';
import { group } from '../group';
import { setting } from '../setting';

const title = 'API';

/** Where the API listens. */
export const server = group(title, {
  port: setting('PORT', { schema: port, fallback: 8000, description: 'Port the API listens on; 0 for any free port.' }),
  address: setting('SLIPWAY_BIND_ADDRESS', {
    schema: name,
    fallback: '127.0.0.1',
    description: 'Address the API listens on. The API does not serve TLS; put a proxy in front of it.',
  }),
});

/** How much one caller may request. */
export const limits = group(title, {
  requestsPerMinute: setting('SLIPWAY_RATE_LIMIT_PER_MINUTE', {
    schema: limit,
    fallback: 6_000,
    description: 'Maximum requests per minute of one API key, counted by each API process; 0 for no limit.',
  }),
  failedLoginsPerMinute: setting('SLIPWAY_FAILED_LOGINS_PER_MINUTE', {
    schema: limit,
    fallback: 60,
    description: 'Maximum failed logins per minute from one address, counted by each API process; 0 for no limit.',
  }),
  trustedProxies: setting('SLIPWAY_TRUSTED_PROXIES', {
    schema: networks,
    description: 'Proxies whose `X-Forwarded-For` is trusted: addresses or networks, separated by commas.',
  }),
});

export const eventStreams = group(title, {
  heartbeatMs: setting('SLIPWAY_EVENT_STREAM_HEARTBEAT_MS', {
    schema: milliseconds,
    fallback: 15_000,
    description: 'Interval of heartbeats on an event stream without events.',
  }),
  stallTimeoutMs: setting('SLIPWAY_EVENT_STREAM_STALL_TIMEOUT_MS', {
    schema: milliseconds,
    fallback: 10_000,
    description: 'How long a client may leave its event stream unread before it is disconnected.',
  }),
});
