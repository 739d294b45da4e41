import type { Catalogue } from '../domain/planning/resources';
import { settingsOf } from './settings';

/** What databases are made of: these images, and the engine's settings for a size. */
export function catalogueOf(images: Pick<Catalogue, 'images' | 'sidecarImages'>): Catalogue {
  return { ...images, settingsOf: ({ version, size, parameters }) => settingsOf({ version, ...size, parameters }) };
}
