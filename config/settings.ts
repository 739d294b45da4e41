import type { TLSConfig } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import type { Pace } from '../activities/types';
import type { AgentAddress } from '../agent/server';
import type { Limits } from '../api/http/limits';
import type { ResilienceSettings } from '../containers/resilience/settings';
import type { CheckSettings } from '../domain/health/checks';
import { type DeliveryPace, deliveryLimits } from '../domain/notifications/deliveries';
import type { Catalogue } from '../domain/planning/resources';
import type { Links } from '../notifications/message';
import { type Egress, systemResolve } from '../notifications/resolve';
import { settingsOf } from '../postgres/settings';
import type { KeyStoreSettings } from '../store/access/key-store';
import type { HostRecord } from '../store/capacity/hosts';
import type { TemporalEndpoint } from '../temporal/connection';
import { createPayloadCodec } from '../temporal/payload-codec';
import type { ApiConfig, StoreConfig, WorkerConfig } from './config';
import { listenAddressIn } from './fields';
import type { TemporalConfig } from './temporal';

/** The store, and how it is used. */
export function storeOf(config: StoreConfig): KeyStoreSettings {
  return {
    databaseUrl: config.DATABASE_URL,
    poolMax: config.SLIPWAY_STORE_POOL_MAX,
    connectTimeoutMs: config.SLIPWAY_STORE_CONNECT_TIMEOUT_MS,
    statementTimeoutMs: config.SLIPWAY_STORE_STATEMENT_TIMEOUT_MS,
  };
}

/** How Temporal is reached: by TLS where one says so, or says anything else of TLS, or has a key to keep. */
export function temporalOf(config: TemporalConfig): TemporalEndpoint {
  const { TEMPORAL_ADDRESS: address, TEMPORAL_API_KEY: apiKey } = config;
  const [authority, name] = [config.TEMPORAL_TLS_SERVER_CA_CERT_PATH, config.TEMPORAL_TLS_SERVER_NAME];
  const [crt, key] = [config.TEMPORAL_TLS_CLIENT_CERT_PATH, config.TEMPORAL_TLS_CLIENT_KEY_PATH];
  const isAskedFor = [authority, name, crt, apiKey].some((value) => value !== undefined);
  if (!(config.TEMPORAL_TLS ?? isAskedFor)) return { address };
  const tls: TLSConfig = {
    ...(authority && { serverRootCACertificate: authority }),
    ...(name && { serverNameOverride: name }),
    ...(crt && key && { clientCertPair: { crt, key } }),
  };
  return { address, tls, ...(apiKey && { apiKey }) };
}

/** The host that a worker serves, as it is registered. */
export function hostOf(config: WorkerConfig): Omit<HostRecord, 'agentUrl'> {
  const [portFrom, portTo] = config.SLIPWAY_HOST_PORT_RANGE;
  return {
    id: config.SLIPWAY_HOST_ID,
    address: config.SLIPWAY_HOST_ADDRESS,
    addressPool: config.SLIPWAY_HOST_ADDRESS_POOL,
    portFrom,
    portTo,
  };
}

/** Where its worker answers the API. */
export function agentAddressOf(config: WorkerConfig): AgentAddress {
  return { listen: listenAddressIn(config.SLIPWAY_AGENT_ADDRESS), url: config.SLIPWAY_AGENT_URL };
}

/** What databases are made of: the images, and the engine's settings for a size. */
export function catalogueOf(
  config: Pick<ApiConfig, 'SLIPWAY_ENGINE_IMAGES' | 'SLIPWAY_POOLER_IMAGE' | 'SLIPWAY_EXPORTER_IMAGE'>,
): Catalogue {
  const images = config.SLIPWAY_ENGINE_IMAGES;
  const sidecarImages = { pooler: config.SLIPWAY_POOLER_IMAGE, exporter: config.SLIPWAY_EXPORTER_IMAGE };
  return {
    images,
    sidecarImages,
    settingsOf: ({ version, size, parameters }) => settingsOf({ version, ...size, parameters }),
  };
}

/** What stands between a worker and its host. */
export function resilienceOf(config: WorkerConfig): ResilienceSettings {
  return {
    breaker: {
      failures: config.SLIPWAY_BREAKER_FAILURES,
      resetMs: config.SLIPWAY_BREAKER_RESET_SECONDS * 1000,
      successes: config.SLIPWAY_BREAKER_SUCCESSES,
    },
    bulkhead: { maxCalls: config.SLIPWAY_HOST_CALLS_MAX, waitMs: config.SLIPWAY_HOST_WAIT_SECONDS * 1000 },
    callTimeoutMs: config.SLIPWAY_CALL_TIMEOUT_SECONDS * 1000,
    longCallTimeoutMs: config.SLIPWAY_LONG_CALL_TIMEOUT_SECONDS * 1000,
  };
}

/** How databases are checked that come into being, or that have no check yet. */
export function checkDefaultsOf(
  config: Pick<
    ApiConfig,
    | 'SLIPWAY_HEALTH_INTERVAL_SECONDS'
    | 'SLIPWAY_HEALTH_TIMEOUT_SECONDS'
    | 'SLIPWAY_HEALTH_FAILURES'
    | 'SLIPWAY_HEALTH_SUCCESSES'
  >,
): CheckSettings {
  return {
    intervalSeconds: config.SLIPWAY_HEALTH_INTERVAL_SECONDS,
    timeoutSeconds: config.SLIPWAY_HEALTH_TIMEOUT_SECONDS,
    failureThreshold: config.SLIPWAY_HEALTH_FAILURES,
    successThreshold: config.SLIPWAY_HEALTH_SUCCESSES,
  };
}

/** How much one caller may ask of the API. */
export function limitsOf(config: ApiConfig): Limits {
  return {
    requestsPerMinute: config.SLIPWAY_RATE_LIMIT_PER_MINUTE,
    failedLoginsPerMinute: config.SLIPWAY_FAILED_LOGINS_PER_MINUTE,
    trustedProxies: config.SLIPWAY_TRUSTED_PROXIES,
  };
}

/** The durations that workflows keep. */
export function paceOf(config: WorkerConfig): Pace {
  return {
    operationDeadlineMs: config.SLIPWAY_OPERATION_DEADLINE_SECONDS * 1000,
    wayBackDeadlineMs: config.SLIPWAY_WAY_BACK_DEADLINE_SECONDS * 1000,
    retryInitialMs: config.SLIPWAY_RETRY_INITIAL_MS,
    retryMaximumMs: config.SLIPWAY_RETRY_MAXIMUM_MS,
    heartbeatTimeoutMs: config.SLIPWAY_HEARTBEAT_TIMEOUT_MS,
  };
}

/** How long a message is tried. */
export function deliveryPaceOf(config: WorkerConfig): DeliveryPace {
  return { initialMs: config.SLIPWAY_RETRY_INITIAL_MS, ...deliveryLimits };
}

/** Where messages may go. */
export function egressOf(config: WorkerConfig): Egress {
  return { allowed: config.SLIPWAY_NOTIFICATIONS_ALLOWED_PRIVATE_TARGETS, resolve: systemResolve };
}

/** Where a message says that one looks further. */
export function linksOf(config: WorkerConfig): Links {
  const temporalUi = { url: config.SLIPWAY_TEMPORAL_UI_URL, namespace: config.TEMPORAL_NAMESPACE };
  return { publicUrl: config.SLIPWAY_PUBLIC_URL, temporalUi };
}

/** Loaded by its path: what runs in the workflows' own realm is bundled. */
export const failureConverterPath = require.resolve('../workflows/failure-converter');

/** What was encrypted is read whether or not new payloads are encrypted, so that it can be switched off again. */
export function dataConverterOf(
  config: Pick<ApiConfig, 'SLIPWAY_SECRET_KEY' | 'SLIPWAY_FORMER_SECRET_KEYS' | 'SLIPWAY_TEMPORAL_ENCRYPT_PAYLOADS'>,
): DataConverter {
  const codec = createPayloadCodec(config.SLIPWAY_SECRET_KEY, config.SLIPWAY_FORMER_SECRET_KEYS);
  if (config.SLIPWAY_TEMPORAL_ENCRYPT_PAYLOADS) return { payloadCodecs: [codec], failureConverterPath };
  return { payloadCodecs: [{ decode: codec.decode, encode: async (payloads) => payloads }] };
}

/** The file beside a bundle of workflows that is for encrypted payloads. */
export function encryptedBundleOf(file: string): string {
  return file.replace(/(\.js)?$/, '.encrypted.js');
}
