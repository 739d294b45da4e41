import { defaultMajors, majors } from '../machine/image-recipe';
import { ensureMachine } from '../machine/machine';
import { showReady, stage } from '../machine/stages';
import { ensureHome, type Home, withOwnKey } from './home';
import { portsOf, portVariables, requireFreePort, type StackPorts } from './ports';
import { claimHome } from './running';
import { unlessSignalled, untilSignal } from './signals';
import { createStack, type Stack } from './stack';
import { readTemporalConfig } from './temporal-config';

const versions = process.argv.includes('--all-versions') ? majors : defaultMajors;

export interface Session {
  readonly home: Home;
  readonly stack: Stack;
  /** Resolves at SIGINT or SIGTERM. */
  readonly signalled: Promise<NodeJS.Signals>;
}

/**
 * Sets up the machine, starts all parts with the ports and the state folder of the environment, and runs `use`. Then
 * stops the parts in order, also after an error or a signal.
 */
export async function withSession(use: (session: Session) => Promise<void>): Promise<void> {
  const signalled = untilSignal();
  const { home, stack } = await unlessSignalled(signalled, prepareStack());
  try {
    await unlessSignalled(
      signalled,
      stage('store, Temporal, worker and API', () => stack.startAll()),
    );
    showReady();
    await use({ home, stack, signalled });
  } finally {
    await stack.stopAll();
  }
}

async function prepareStack(): Promise<Pick<Session, 'home' | 'stack'>> {
  const home = withOwnKey(await ensureHome(), process.env);
  const ports = portsOf(process.env, await readTemporalConfig());
  const leftovers = await claimHome(home.runningFile);
  if (leftovers.length > 0) process.stderr.write(`✓ ended what a killed run had left: ${leftovers.join(', ')}\n`);
  await requireFreePorts(ports);
  return { home, stack: createStack(home, await ensureMachine(home, versions), ports) };
}

async function requireFreePorts(ports: StackPorts): Promise<void> {
  for (const [part, variable] of Object.entries(portVariables) as [keyof StackPorts, string][]) {
    if (part === 'store' && process.env.DATABASE_URL !== undefined) continue;
    await requireFreePort(ports[part], variable);
  }
}
