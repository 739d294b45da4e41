import { z } from 'zod';
import type { ApiDependencies } from '../dependencies';
import { authorOf } from '../http/author';
import { type Route, route } from '../http/route';
import { installationSchema, releasedSchema } from './schemas';
import { installationView } from './views';

const releaseSchema = z.strictObject({
  recover: z.boolean().default(false).meta({
    description:
      'Start the recoveries that are owed, such as of operations that were open in the backup, unless the database differs from its host.',
  }),
  incomplete: z.boolean().default(false).meta({
    description: 'Release the store although hosts have not been compared. Their databases become `failed`.',
  }),
});

const tag = 'installation';

/** The installation: whether its store was restored from a backup, how it compares with the hosts, and its release. */
export function installationRoutes({ store }: ApiDependencies): Route[] {
  return [
    route({
      method: 'get',
      path: '/v1/installation',
      permission: 'host:read',
      tag,
      summary: 'Read the installation and, while the store is held, how it compares with the hosts',
      answers: { 200: { description: 'The installation', schema: installationSchema } },
      async handle({ response }) {
        const installation = await store.installation.read();
        const comparison = installation.held === null ? null : await store.installation.comparison();
        response.json(installationView(installation, comparison));
      },
    }),

    route({
      method: 'post',
      path: '/v1/installation/release',
      permission: 'host:update',
      action: 'installation.release',
      servedWhileHeld: true,
      tag,
      summary: 'Release a store that was restored from a backup',
      answers: { 200: { description: 'The databases that the release has changed', schema: releasedSchema } },
      problems: ['state_conflict'],
      body: releaseSchema,
      async handle({ body, request, response }) {
        response.json(await store.installation.release(body, authorOf(request)));
      },
    }),
  ];
}
