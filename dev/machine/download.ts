/** Downloads a whole file over HTTP. Throws if the response is not 2xx, or not complete before the timeout. */
export async function download(url: string, timeoutMs: number, accept = '*/*'): Promise<Buffer> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, { headers: { accept }, signal });
    if (response.ok) return Buffer.from(await response.arrayBuffer());
    throw new Error(`status ${response.status}`);
  } catch (error) {
    throw new Error(`${url}: ${reasonOf(error)}`, { cause: error });
  }
}

/** `fetch` reports the error of the connection as the cause. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? cause.message : message;
}

/** Enough for a list. Waiting longer for a slow site is not worthwhile, as there are other sources. */
export const listTimeoutMs = 10_000;

/** Enough for about 50 MB over a slow connection. */
export const archiveTimeoutMs = 180_000;
