import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { MatrixCase } from './cases';

interface History {
  readonly events: readonly {
    readonly activityTaskScheduledEventAttributes?: { readonly activityType: { readonly name: string } };
  }[];
}

/** The activities of a clean run as its history has them, by `npm run try -- record`: a new step is in the matrix by itself. */
export function recordedSteps(kind: MatrixCase['kind']): string[] {
  const file = path.join(__dirname, '..', '..', 'histories', `${kind}-succeeded.json`);
  if (!existsSync(file)) throw new Error(`there is no history of ${kind} that succeeds: npm run try -- record`);
  const { events } = JSON.parse(readFileSync(file, 'utf8')) as History;
  const scheduled = events.flatMap(({ activityTaskScheduledEventAttributes: one }) =>
    one === undefined ? [] : [one.activityType.name],
  );
  return [...new Set(scheduled)];
}
