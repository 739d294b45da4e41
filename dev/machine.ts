import { ensureDocker } from './docker';
import type { Home } from './home';
import { ensureImages } from './images';
import { stage } from './stages';
import { ensureTemporalBinary } from './temporal-binary';
import { readTemporalConfig, type TemporalConfig } from './temporal-config';

/** What every command needs on the machine. */
export interface Machine {
  readonly temporal: TemporalConfig;
  readonly temporalBinary: string;
  /** As `SLIPWAY_ENGINE_IMAGES` takes it. */
  readonly engineImages: string;
}

/** Sets up what is missing; the long ones side by side. */
export async function ensureMachine(home: Home): Promise<Machine> {
  const temporal = await readTemporalConfig();
  const [temporalBinary, engineImages] = await Promise.all([
    stage('Temporal CLI', (note) => ensureTemporalBinary(temporal.version, note)),
    stage('Docker', (note) => ensureDocker(home.folder, note)).then(() =>
      stage('engine images', (note) => ensureImages(home.folder, note)),
    ),
  ]);
  return { temporal, temporalBinary, engineImages };
}
