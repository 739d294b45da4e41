import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describedRoutes } from '../api/openapi/described';
import { documentOf } from '../api/openapi/document';

const root = path.join(__dirname, '..');

/** `npm run openapi`: writes the API document that is committed. */
writeFileSync(path.join(root, 'docs', 'openapi.json'), `${JSON.stringify(documentOf(describedRoutes()), null, 2)}\n`);
