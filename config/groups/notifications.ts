import { z } from 'zod';
import { networks } from '../forms';
import { group } from '../group';
import { setting } from '../setting';

const title = 'Notifications';

/** Where notifications may be sent. */
export const egress = group(title, {
  allowed: setting('SLIPWAY_NOTIFICATIONS_ALLOWED_PRIVATE_TARGETS', {
    schema: networks,
    description:
      'Private addresses and networks, separated by commas, that notifications may be sent to, also over plain HTTP. By default they are sent only to public addresses, over HTTPS. API and workers must have the same value.',
  }),
});

/** Where the links in notifications lead. */
export const links = group(title, {
  publicUrl: setting('SLIPWAY_PUBLIC_URL', {
    schema: z.url(),
    fallback: 'http://127.0.0.1:8000',
    description: 'Public URL of the API, for links in notifications.',
  }),
});
