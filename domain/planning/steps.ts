import type { SidecarRole, SidecarTemplate } from '../sidecars';
import type { Size } from '../spec';
import type { ServerTemplate } from './resources';

/** A reference to an object on a host, by the name computed from ids. */
interface Reference {
  readonly name: string;
}

/** The input of each kind of step. Every step may be repeated. */
export interface StepInputs {
  /** Makes the image of this name available, before anything is stopped for a container that is created from it. */
  ensureImage: Reference;
  ensureNetwork: Reference;
  ensureVolume: Reference;
  /** Ensures that the container exists with this template and runs. */
  ensureServer: Reference & {
    readonly instanceId: string;
    readonly template: ServerTemplate;
    readonly templateHash: string;
    /** Whether the plan ends with `markUsed`: only then may a new volume be marked as unused until then. */
    readonly marksUse?: boolean;
  };
  /** Ensures that the container exists with this template, without starting it: for a stopped database. */
  createServer: StepInputs['ensureServer'];
  /** Writes new settings for a running server and reloads; settings that the engine rejects change nothing. */
  configureServer: StepInputs['ensureServer'];
  /** Changes the CPU and memory limits of a server, whether it runs or not. */
  updateServer: Reference & { readonly limits: Size };
  /** Unfreezes the processes of a paused server. */
  resumeServer: Reference;
  /** Freezes the processes of a server, which keep their memory. */
  pauseServer: Reference;
  /** Ensures the owner's role with the password of this number, the monitor's role and the logical database. */
  ensureLogins: Reference & { readonly instanceId: string; readonly credentials: number };
  /** Waits until the engine answers authenticated queries over TCP. */
  awaitReady: Reference & { readonly instanceId: string };
  /** Records in the volume of a server that somebody may have data in it, before anybody can. */
  markUsed: Reference & { readonly version: string };
  /** Ensures that a sidecar runs and serves, with its role in the engine. */
  ensureSidecar: Reference & {
    readonly instanceId: string;
    readonly role: SidecarRole;
    readonly template: SidecarTemplate;
    readonly templateHash: string;
  };
  stopSidecar: Reference;
  removeSidecar: Reference;
  stopServer: Reference & {
    /** Whether an engine that recovers is stopped only afterwards; if missing, it is stopped at once. */
    readonly awaitsRecovery?: boolean;
  };
  removeServer: Reference;
  removeNetwork: Reference;
  /** Destroys the data: there is no way back. */
  removeVolume: Reference;
}

export type StepKind = keyof StepInputs;

/** One step of a plan, on one host. */
export type Step = {
  [Kind in StepKind]: { readonly do: Kind; readonly hostId: string; readonly with: StepInputs[Kind] };
}[StepKind];

/** Phases run one after another, the steps of one phase together. */
export type Plan = readonly (readonly Step[])[];

/** Steps whose failure is only a warning: a database works without its sidecars. */
export const bestEffortSteps: readonly StepKind[] = ['ensureSidecar', 'stopSidecar'];

/** Steps that going back cannot undo. */
export const dataDestroyingSteps: readonly StepKind[] = ['removeVolume'];

/** Once one of these has begun, the operation can no longer be cancelled, and its deadline does not interrupt it. */
export const pointsOfNoReturn: readonly StepKind[] = ['markUsed', ...dataDestroyingSteps];
