import type { SidecarRole, SidecarTemplate } from '../sidecars';
import type { Size } from '../spec';
import type { ServerTemplate } from './resources';

/** A reference to a thing on a host, by the name computed from ids. */
interface Named {
  readonly name: string;
}

/** The step kinds, and what each is told. All of them may be repeated. */
export interface StepInputs {
  ensureNetwork: Named;
  ensureVolume: Named;
  /** Makes the container exist from its template, and run. */
  ensureServer: Named & {
    readonly instanceId: string;
    readonly template: ServerTemplate;
    readonly templateHash: string;
  };
  /** Makes the container exist from its template, and not run: for a database that is to be stopped. */
  createServer: StepInputs['ensureServer'];
  /** Writes new settings for a server that runs, and reloads; what its engine refuses changes nothing. */
  configureServer: StepInputs['ensureServer'];
  /** Changes what a server may use, whether it runs or not. */
  updateServer: Named & { readonly limits: Size };
  /** Lets the processes of a paused server go on. */
  resumeServer: Named;
  /** Freezes the processes of a server, which keep their memory. */
  pauseServer: Named;
  /** Makes the owner's role with this password of its, the monitor's role and the logical database. */
  ensureLogins: Named & { readonly instanceId: string; readonly credentials: number };
  /** Waits until the engine answers authenticated queries over TCP. */
  awaitReady: Named & { readonly instanceId: string };
  /** Makes a sidecar run and serve, with its role in the engine. */
  ensureSidecar: Named & {
    readonly instanceId: string;
    readonly role: SidecarRole;
    readonly template: SidecarTemplate;
    readonly templateHash: string;
  };
  stopSidecar: Named;
  removeSidecar: Named;
  stopServer: Named;
  removeServer: Named;
  removeNetwork: Named;
  /** Destroys the data: nothing goes back from here. */
  removeVolume: Named;
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
