import { Client, type QueryConfig } from 'pg';

/** The words that statements begin with; any other counts as `other`. */
const kinds = ['select', 'insert', 'update', 'delete', 'with', 'begin', 'commit', 'rollback', 'other'] as const;

export type StatementKind = (typeof kinds)[number];

/** One statement: the time from its sending to its result, which includes waiting for earlier ones on its connection. */
export interface Statement {
  readonly kind: StatementKind;
  readonly outcome: 'succeeded' | 'failed';
  readonly seconds: number;
}

/** How API and worker show their statements. */
export const statementMetric = {
  name: 'slipway_store_statement_duration_seconds',
  help: 'Duration of statements on the store, by their first word and outcome.',
  /** In seconds: from a read by its key to the default timeout of a statement. */
  buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 10],
} as const;

type Callback = (error: unknown, result: unknown) => void;

/** The driver's client, which calls `observe` at the end of every statement. */
export function observedClient(observe: (statement: Statement) => void): typeof Client {
  return class ObservedClient extends Client {
    // The driver's overloads: text or configuration, perhaps values, perhaps a callback instead of a promise.
    override query(...args: unknown[]): never {
      const kind = kindOf(args[0]);
      const started = performance.now();
      const ended = (outcome: Statement['outcome']): void =>
        observe({ kind, outcome, seconds: (performance.now() - started) / 1000 });
      const callback = args.at(-1);
      if (typeof callback === 'function') {
        const observed: Callback = (error, result) => {
          ended(error ? 'failed' : 'succeeded');
          (callback as Callback)(error, result);
        };
        return send(this, [...args.slice(0, -1), observed]) as never;
      }
      const result = send(this, args) as Promise<unknown>;
      result.then(
        () => ended('succeeded'),
        () => ended('failed'),
      );
      return result as never;
    }
  };
}

function send(client: Client, args: unknown[]): unknown {
  return Reflect.apply(Client.prototype.query, client, args);
}

function kindOf(statement: unknown): StatementKind {
  const text = typeof statement === 'string' ? statement : (statement as QueryConfig).text;
  const word = /^\s*([a-z]+)/i.exec(text)?.[1]?.toLowerCase();
  return kinds.find((kind) => kind === word) ?? 'other';
}
