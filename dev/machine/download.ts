/** Reads a whole file over HTTP. Throws when the answer is not 2xx, or is not complete within the time. */
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

/** `fetch` keeps what happened to the connection as the cause. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? cause.message : message;
}

/** Enough for a list. A site that does not answer by then is not waited for, as there are other sources. */
export const listTimeoutMs = 10_000;

/** Enough for some 50 MB over a slow line. */
export const archiveTimeoutMs = 180_000;
