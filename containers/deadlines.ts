/** Calls that change or read one thing. */
export const callTimeoutMs = 120_000;

/** Calls that may move data or wait for a server: pulls, stops, removals, commands. */
export const longCallTimeoutMs = 600_000;
