/** Servers of the loopback interface, and their end. */
import type { AddressInfo, Server, Socket } from "node:net";

export const HOST = "127.0.0.1";

const sockets = new WeakMap<Server, Set<Socket>>();

/** Port 0 takes any free one; the port that was taken is returned. */
export async function listen(server: Server, port: number): Promise<number> {
  const open = new Set<Socket>();
  sockets.set(server, open);
  server.on("connection", (socket: Socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, HOST, () => {
      server.off("error", reject);
      resolve();
    });
  });
  return (server.address() as AddressInfo).port;
}

/** Cuts every connection, upgraded ones as well, and resolves when the port is free. */
export async function stop(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
  });
  for (const socket of sockets.get(server) ?? []) socket.destroy();
  await closed;
}
