import { Agent, get, type IncomingMessage } from 'node:http';

/** Readers of the stream of all events that read data as fast as it arrives. */
export interface Readers {
  /** How many streams have ended by themselves; none should. */
  ended(): number;
  /** Of all readers together. */
  receivedBytes(): number;
  leave(): void;
}

export async function openReaders(url: string, key: string, count: number): Promise<Readers> {
  const agent = new Agent({ maxSockets: count });
  let ended = 0;
  let receivedBytes = 0;
  const open = () =>
    new Promise<void>((resolve, reject) => {
      const asking = get(`${url}/v1/events/stream`, { agent, headers: { authorization: `Bearer ${key}` } });
      asking.once('error', reject).once('response', (response: IncomingMessage) => {
        if (response.statusCode !== 200) reject(new Error(`a reader was answered ${response.statusCode}`));
        response.on('data', (chunk: Buffer) => {
          receivedBytes += chunk.length;
        });
        // Closing the connection is also an error to the response.
        response
          .once('error', () => undefined)
          .once('close', () => {
            ended += 1;
          });
        resolve();
      });
    });
  await Promise.all(Array.from({ length: count }, open));
  return { ended: () => ended, receivedBytes: () => receivedBytes, leave: () => agent.destroy() };
}
