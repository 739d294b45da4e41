import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

/** Ports that stand in for an engine that does not answer as it should. */
export interface Listeners {
  /** A port where every connection is met by this. */
  open(meet: (socket: Socket) => void): Promise<{ host: string; port: number }>;
  closeAll(): void;
}

export function createListeners(): Listeners {
  const servers: Server[] = [];
  const sockets: Socket[] = [];
  return {
    async open(meet) {
      const server = createServer((socket) => {
        sockets.push(socket.on('error', () => undefined));
        meet(socket);
      });
      servers.push(server);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
    },
    closeAll() {
      for (const socket of sockets.splice(0)) socket.destroy();
      for (const server of servers.splice(0)) server.close();
    },
  };
}

/** An ErrorResponse (PostgreSQL, 55.7). */
export function errorResponse(sqlState: string, message = 'refused by a test'): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${sqlState}\0M${message}\0\0`);
  const header = Buffer.alloc(5, 'E');
  header.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([header, fields]);
}
