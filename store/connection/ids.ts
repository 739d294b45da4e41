import { randomBytes } from 'node:crypto';
import { idFrom } from '../../domain/ids';

export function newId(): string {
  return idFrom(randomBytes(12));
}
