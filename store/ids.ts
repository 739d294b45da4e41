import { randomBytes } from 'node:crypto';
import { idFrom } from '../databases/ids';

export function newId(): string {
  return idFrom(randomBytes(12));
}
