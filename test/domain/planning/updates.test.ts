import { currentTemplate, type Images, type Pin, pinOf } from '../../../domain/planning/pins';
import { type Update, updatesOf } from '../../../domain/planning/updates';

const offer: Images = {
  images: { 17: 'postgres:17.5' },
  sidecarImages: { pooler: 'pooler:2', exporter: 'exporter:1' },
};
const current = { pin: pinOf('postgres:17.5'), recordedAddress: '10.0.0.7', hostAddress: '10.0.0.7', sidecars: [] };
const sidecar = (role: 'pooler' | 'exporter', pin: Pin | null) => ({ role, pin, recordedAddress: null });

test.each<{ title: string; instance: Parameters<typeof updatesOf>[0]; version?: string; updates: Update[] }>([
  { title: 'what is as it would be created now has none', instance: current, updates: [] },
  {
    title: 'an older image of the engine',
    instance: { ...current, pin: pinOf('postgres:17.4') },
    updates: [{ of: 'engine', from: 'postgres:17.4', to: 'postgres:17.5' }],
  },
  {
    title: 'an older image of one of two sidecars',
    instance: {
      ...current,
      sidecars: [sidecar('pooler', pinOf('pooler:1')), sidecar('exporter', pinOf('exporter:1'))],
    },
    updates: [{ of: 'pooler', from: 'pooler:1', to: 'pooler:2' }],
  },
  {
    title: 'another template',
    instance: { ...current, pin: { ...pinOf('postgres:17.5'), template: currentTemplate - 1 } },
    updates: [{ of: 'template', from: String(currentTemplate - 1), to: String(currentTemplate) }],
  },
  {
    title: 'another address of the host',
    instance: { ...current, recordedAddress: '127.0.0.1' },
    updates: [{ of: 'address', from: '127.0.0.1', to: '10.0.0.7' }],
  },
  { title: 'a version that is not on offer has no newer image', instance: current, version: '14', updates: [] },
  {
    title: 'what is not on record yet is compared with nothing',
    instance: { ...current, pin: null, recordedAddress: null, sidecars: [sidecar('pooler', null)] },
    updates: [],
  },
])('$title', ({ instance, version = '17', updates }) => {
  expect(updatesOf(instance, offer, version)).toEqual(updates);
});
