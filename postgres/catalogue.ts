import type { Catalogue } from '../domain/planning/resources';
import { settingsOf } from './settings';

/** The images of databases and the engine's settings for each size. */
export function catalogueOf(images: Pick<Catalogue, 'images' | 'sidecarImages'>): Catalogue {
  return { ...images, settingsOf: ({ version, size, parameters }) => settingsOf({ version, ...size, parameters }) };
}
