/** The parts of an operation that quickstart shows. */
export interface OperationView {
  readonly id: string;
  readonly state: string;
  readonly done: boolean;
  readonly workflowId: string;
  readonly temporalUrl: string;
  readonly steps: readonly StepView[];
  readonly error: { readonly code: string; readonly message: string } | null;
}

export interface StepView {
  readonly plan: number;
  readonly phase: number;
  readonly name: string;
  readonly resource: string;
  readonly state: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
}

export interface AcceptedView {
  readonly operation: OperationView;
  readonly database: { readonly id: string; readonly name: string };
}

export type ApiClient = <Answer>(method: string, path: string, body?: object) => Promise<Answer>;

/** A client that speaks HTTP like any user, with the administrator's key. */
export function createApiClient(apiUrl: string, key: string): ApiClient {
  return async <Answer>(method: string, path: string, body?: object) => {
    const response = await fetch(new URL(path, apiUrl), {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer: unknown = await response.json();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${JSON.stringify(answer)}`);
    return answer as Answer;
  };
}
