import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { configurationPage } from './build/configuration-page';

/** `npm run configuration`: writes the reference of the configuration that is committed. */
writeFileSync(path.join(__dirname, '..', 'docs', 'configuration.md'), configurationPage());
