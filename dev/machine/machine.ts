import type { Home } from '../stack/home';
import { readTemporalConfig, type TemporalConfig } from '../stack/temporal-config';
import { ensureDocker } from './docker';
import { type Major, majors, type SidecarImages, sidecarImagesFor } from './image-recipe';
import { ensureImages } from './images';
import { stage } from './stages';
import { ensureTemporalBinary } from './temporal-binary';

/** The programs and images that every command needs on the machine. */
export interface Machine {
  readonly temporal: TemporalConfig;
  readonly temporalBinary: string;
  /** In the format of `SLIPWAY_ENGINE_IMAGES`. */
  readonly engineImages: string;
  readonly sidecarImages: SidecarImages;
}

/** Sets up missing parts, slow ones in parallel. Without `versions`, ensures an image for every version. */
export async function ensureMachine(home: Home, versions: readonly Major[] = majors): Promise<Machine> {
  const temporal = await readTemporalConfig();
  const [temporalBinary, engineImages] = await Promise.all([
    stage('Temporal CLI', (note) => ensureTemporalBinary(temporal.version, note)),
    stage('Docker', (note) => ensureDocker(home.folder, note)).then(() =>
      stage('engine images', (note) => ensureImages(home.folder, versions, note)),
    ),
  ]);
  return { temporal, temporalBinary, engineImages, sidecarImages: sidecarImages(engineImages) };
}

/** The environment takes precedence. */
function sidecarImages(engineImages: string): SidecarImages {
  const images = sidecarImagesFor(engineImages);
  const { SLIPWAY_POOLER_IMAGE, SLIPWAY_EXPORTER_IMAGE } = process.env;
  return {
    SLIPWAY_POOLER_IMAGE: SLIPWAY_POOLER_IMAGE ?? images.SLIPWAY_POOLER_IMAGE,
    SLIPWAY_EXPORTER_IMAGE: SLIPWAY_EXPORTER_IMAGE ?? images.SLIPWAY_EXPORTER_IMAGE,
  };
}
