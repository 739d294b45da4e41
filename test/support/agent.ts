import { randomBytes } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import { pino } from 'pino';
import { type AgentServer, type AgentSettings, startAgent } from '../../agent/server';
import { createMemoryBackend } from '../../containers/memory';
import { createResilientBackend } from '../../containers/resilience/backend';
import { defaultResilience } from '../../containers/resilience/settings';

export const anyPort = { host: '127.0.0.1', port: 0 };

/** A non-loopback address of this machine; if it has none, a loopback address other than 127.0.0.1. */
export function ownAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((ofOne = []) => ofOne);
  return addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.2';
}

export const newAgentKey = () => randomBytes(32);

/** A worker's agent for an in-memory host. */
export function startTestAgent(
  settings: Pick<AgentSettings, 'agentKey'> & Partial<AgentSettings>,
): Promise<AgentServer> {
  const changed = () => undefined;
  const backend = createResilientBackend(createMemoryBackend(), { ...defaultResilience, hostId: 'h1', changed });
  const logger = pino({ level: 'silent' });
  return startAgent({ backend, installation: 'test', observe: async () => [], logger, listen: anyPort, ...settings });
}
