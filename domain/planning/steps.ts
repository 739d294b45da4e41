import type { SidecarRole, SidecarTemplate } from '../sidecars';
import type { Size } from '../spec';
import type { ServerTemplate } from './resources';

/** A reference to an object on a host, by the name computed from ids. */
interface Reference {
  readonly name: string;
}

/** The inputs of each kind of step. All of them may be repeated. */
export interface StepInputs {
  ensureNetwork: Reference;
  ensureVolume: Reference;
  /** Makes the container exist from its template, and run. */
  ensureServer: Reference & {
    readonly instanceId: string;
    readonly template: ServerTemplate;
    readonly templateHash: string;
  };
  /** Makes the container exist from its template, and not run: for a database that is to be stopped. */
  createServer: StepInputs['ensureServer'];
  /** Writes new settings for a server that runs, and reloads; what its engine refuses changes nothing. */
  configureServer: StepInputs['ensureServer'];
  /** Changes what a server may use, whether it runs or not. */
  updateServer: Reference & { readonly limits: Size };
  /** Lets the processes of a paused server go on. */
  resumeServer: Reference;
  /** Freezes the processes of a server, which keep their memory. */
  pauseServer: Reference;
  /** Makes the owner's role with this password of its, the monitor's role and the logical database. */
  ensureLogins: Reference & { readonly instanceId: string; readonly credentials: number };
  /** Waits until the engine answers authenticated queries over TCP. */
  awaitReady: Reference & { readonly instanceId: string };
  /** Makes a sidecar run and serve, with its role in the engine. */
  ensureSidecar: Reference & {
    readonly instanceId: string;
    readonly role: SidecarRole;
    readonly template: SidecarTemplate;
    readonly templateHash: string;
  };
  stopSidecar: Reference;
  removeSidecar: Reference;
  stopServer: Reference;
  removeServer: Reference;
  removeNetwork: Reference;
  /** Destroys the data: nothing goes back from here. */
  removeVolume: Reference;
}

export type StepKind = keyof StepInputs;

/** One step of a plan, on one host. */
export type Step = {
  [Kind in StepKind]: { readonly do: Kind; readonly hostId: string; readonly with: StepInputs[Kind] };
}[StepKind];

/** Phases one after another; the steps of one phase together. */
export type Plan = readonly (readonly Step[])[];

/** The steps whose failure is a warning: a database works without its sidecars. */
export const bestEffortSteps: readonly StepKind[] = ['ensureSidecar', 'stopSidecar'];

/** The steps that no planning back can undo: once one has begun, the operation goes on. */
export const dataDestroyingSteps: readonly StepKind[] = ['removeVolume'];
