import { isLeftOut } from '../../support/own-daemon';
import { type DaemonCase, daemonFaults, type StruckKind, strikes } from './daemon-cases';
import { type DaemonFaults, startDaemonFaults } from './daemon-run';

/** All of it by `npm run try -- faults`. */
const full = process.env.SLIPWAY_FAULTS === 'full';
const kinds = Object.keys(strikes) as StruckKind[];
const all: DaemonCase[] = [true, false].flatMap((liveRestore) =>
  kinds.flatMap((kind) => daemonFaults.map((fault) => ({ kind, fault, liveRestore }))),
);
const sample: DaemonCase[] = [
  { kind: 'create', fault: 'stopped', liveRestore: true },
  { kind: 'restart', fault: 'killed', liveRestore: false },
  { kind: 'stop', fault: 'frozen', liveRestore: true },
  { kind: 'delete', fault: 'restarted', liveRestore: true },
];

let faults: DaemonFaults;
beforeAll(async () => {
  // Beyond its deadline a call is given up, and Docker carries it out when it wakes; within it, it is waited for.
  if (!isLeftOut)
    faults = await startDaemonFaults(
      full ? { outageMs: 30_000, callTimeoutMs: 20_000 } : { outageMs: 3_000, callTimeoutMs: 2_000 },
    );
});
afterAll(async () => {
  await faults?.stop();
});

(isLeftOut ? test.skip : test).each(full ? all : sample)(
  '$kind: the Docker daemon is $fault in the middle, live-restore $liveRestore',
  async (one) => {
    await faults.run(one);
  },
);
