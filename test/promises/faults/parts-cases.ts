import type { CommitMoment } from '../../support/commit-proxy';
import type { Point } from '../../support/points';
import { recordedSteps } from '../matrix/recorded';
import { callsOf, type TriedKind } from './docker-cases';

/** One commit of an operation, counted from its acceptance, whose connection is cut. */
export interface StoreCase {
  readonly kind: TriedKind;
  readonly nth: number;
  readonly moment: CommitMoment;
}

export const outages = ['cut', 'silence'] as const;

/** Temporal is away from a point of an operation on, for a while. */
export interface TemporalCase {
  readonly kind: TriedKind;
  readonly point: Point;
  readonly outage: (typeof outages)[number];
}

const kinds = Object.keys(callsOf) as TriedKind[];
const moments = ['before', 'unreported'] as const;

/** How many commits each operation makes at least, its acceptance the first; a test holds it against a clean run. */
export const commitsOf: Readonly<Record<TriedKind, number>> = {
  stop: 7,
  start: 9,
  restart: 13,
  resize: 7,
  'rotate-credentials': 7,
  update: 7,
  describe: 3,
  pause: 7,
  resume: 9,
  delete: 13,
  create: 17,
};

export const allStoreCases: readonly StoreCase[] = kinds.flatMap((kind) =>
  Array.from({ length: commitsOf[kind] }, (_, index) => index + 1).flatMap((nth) =>
    moments.map((moment) => ({ kind, nth, moment })),
  ),
);

/** For the daily run: every commit of a stop, at moments that take turns; of any other kind the last one, which ends it. */
export function sampleOfStoreCases(): StoreCase[] {
  return allStoreCases.filter(({ kind, nth, moment }) => {
    if (kind === 'stop') return moments[nth % moments.length] === moment;
    return nth === commitsOf[kind] && moment === 'unreported';
  });
}

export function allTemporalCases(): TemporalCase[] {
  return kinds.flatMap(temporalCasesOf);
}

function temporalCasesOf(kind: TriedKind): TemporalCase[] {
  return recordedSteps(kind).flatMap((activity) =>
    moments.flatMap((moment) => outages.map((outage) => ({ kind, point: { activity, moment }, outage }))),
  );
}

/** For the daily run: one of each kind, at activities, moments and with outages that take turns. */
export function sampleOfTemporalCases(): TemporalCase[] {
  return kinds.flatMap((kind, index) => {
    const ofKind = temporalCasesOf(kind);
    return ofKind.slice((index * 7) % ofKind.length).slice(0, 1);
  });
}

export const storeLabelOf = ({ kind, nth, moment }: StoreCase): string =>
  `${kind}: the store’s connection is cut at commit ${nth}, ${moment}`;

export const temporalLabelOf = ({ kind, outage, point }: TemporalCase): string =>
  `${kind}: ${outage} of Temporal at ${point.activity}, ${point.moment}`;
