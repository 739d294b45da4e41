import { problemOfError } from '../domain/errors';

/** A dependency that takes longer to respond counts as unhealthy. */
const checkTimeoutMs = 2_000;

const names = ['database', 'temporal'] as const;

export interface HealthDependencies {
  /** The dependencies that the process needs; if both are unhealthy, the first one is the reported reason. */
  readonly checks: Readonly<Record<(typeof names)[number], () => Promise<void>>>;
  readonly isShuttingDown: () => boolean;
  /** Parts that configuration can turn off, and whether they are on. They never make a process unready. */
  readonly parts?: Readonly<Record<string, boolean>>;
}

type Connection =
  | { readonly status: 'healthy' }
  | { readonly status: 'unhealthy'; readonly error: string }
  | { readonly status: 'not_checked' };

/** The answer of `/readyz`: 200 when the process can do its work, otherwise 503. */
export interface Readiness {
  readonly status: 200 | 503;
  readonly body: {
    readonly ready: boolean;
    readonly reason?: string;
    readonly connections: Readonly<Record<string, Connection>>;
    readonly parts?: Readonly<Record<string, { readonly status: 'configured' | 'not_configured' }>>;
  };
}

/** Whether the process can do its work now. Never rejects. */
export async function readinessOf({ checks, isShuttingDown, parts }: HealthDependencies): Promise<Readiness> {
  const shown = parts === undefined ? {} : { parts: statusesOf(parts) };
  if (isShuttingDown()) {
    const connections = { database: { status: 'not_checked' }, temporal: { status: 'not_checked' } } as const;
    return { status: 503, body: { ready: false, reason: 'server_shutting_down', connections, ...shown } };
  }
  const [database, temporal] = await Promise.all([checked(checks.database), checked(checks.temporal)]);
  const connections = { database, temporal };
  const unhealthy = names.find((name) => connections[name].status !== 'healthy');
  if (unhealthy === undefined) return { status: 200, body: { ready: true, connections, ...shown } };
  return { status: 503, body: { ready: false, reason: `${unhealthy}_unhealthy`, connections, ...shown } };
}

function statusesOf(parts: Readonly<Record<string, boolean>>) {
  const entries = Object.entries(parts).map(([name, isOn]) => {
    return [name, { status: isOn ? 'configured' : 'not_configured' }] as const;
  });
  return Object.fromEntries(entries);
}

async function checked(check: () => Promise<void>): Promise<Connection> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no response within ${checkTimeoutMs} ms`)), checkTimeoutMs);
  });
  try {
    await Promise.race([check(), late]);
    return { status: 'healthy' };
  } catch (error) {
    return { status: 'unhealthy', error: problemOfError(error).message };
  } finally {
    clearTimeout(timer);
  }
}
