/** For calls that read or change one object. */
export const callTimeoutMs = 120_000;

/** For calls that move data or wait for a process: pulls, stops, removals, commands. */
export const longCallTimeoutMs = 600_000;
