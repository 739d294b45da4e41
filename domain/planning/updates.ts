import type { SidecarRole } from '../sidecars';
import { currentTemplate, type Images, type Part, type Pin } from './pins';

/** Something that a database would have if it were created now, and what it has. */
export interface Update {
  readonly of: Part | 'template' | 'address';
  readonly from: string;
  readonly to: string;
}

interface Container {
  readonly pin: Pin | null;
  readonly recordedAddress: string | null;
}

/** An instance on record, and where its host publishes the ports of new containers. */
interface Instance extends Container {
  readonly hostAddress: string;
  readonly sidecars: readonly (Container & { readonly role: SidecarRole })[];
}

/** The updates that are available for an instance. A version that is not on offer any more has no newer image. */
export function updatesOf(instance: Instance, { images, sidecarImages }: Images, version: string): Update[] {
  const { pin, recordedAddress, hostAddress, sidecars } = instance;
  const template = pin === null ? null : String(pin.template);
  return [
    ...update('engine', pin?.reference, images[version]),
    ...sidecars.flatMap((sidecar) => update(sidecar.role, sidecar.pin?.reference, sidecarImages[sidecar.role])),
    ...update('template', template, String(currentTemplate)),
    ...update('address', recordedAddress, hostAddress),
  ];
}

/** None where one of both is not known. */
function update(of: Update['of'], from: string | null | undefined, to: string | undefined): Update[] {
  if (from === null || from === undefined || to === undefined || from === to) return [];
  return [{ of, from, to }];
}
