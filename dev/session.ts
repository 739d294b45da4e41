import { endLeftovers } from './children';
import { ensureHome, type Home } from './home';
import { ensureMachine } from './machine';
import { requireFreePort } from './ports';
import { createStack, type Stack, type StackPorts } from './stack';
import { stage } from './stages';

export interface Session {
  readonly home: Home;
  readonly stack: Stack;
}

const portVariables = {
  api: ['PORT', 8000],
  port: ['SLIPWAY_TEMPORAL_PORT', 7233],
  uiPort: ['SLIPWAY_TEMPORAL_UI_PORT', 8233],
  store: ['SLIPWAY_STORE_PORT', 5433],
} as const satisfies Record<keyof StackPorts, readonly [string, number]>;

/** Sets the machine up and starts all parts, on the ports and the state folder that the environment names. */
export async function openSession(): Promise<Session> {
  const home = await ensureHome();
  const machine = await ensureMachine(home);
  const leftovers = await endLeftovers(home.processesFile);
  if (leftovers.length > 0) process.stderr.write(`✓ ended what a killed run had left: ${leftovers.join(', ')}\n`);
  const ports = await readPorts();
  const stack = createStack(home, machine, ports);
  try {
    await stage('store, Temporal, worker and API', () => stack.startAll());
  } catch (error) {
    await stack.stopAll();
    throw error;
  }
  return { home, stack };
}

async function readPorts(): Promise<StackPorts> {
  const ports = { api: 0, port: 0, uiPort: 0, store: 0 };
  for (const [part, [variable, fallback]] of Object.entries(portVariables) as [
    keyof StackPorts,
    readonly [string, number],
  ][]) {
    ports[part] = Number(process.env[variable] ?? fallback);
    if (part === 'store' && process.env.DATABASE_URL !== undefined) continue;
    await requireFreePort(ports[part], variable);
  }
  return ports;
}

/** Resolves at SIGINT or SIGTERM. */
export function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(signal));
  });
}
