import type { Labels } from '../../domain/names';

/** Docker's filter for objects that carry all of these labels. */
export function labelFilter(labels: Partial<Labels>): { label: string[] } {
  return { label: Object.entries(labels).map(([key, value]) => `${key}=${value}`) };
}
