import { connect, createServer, type Server, type Socket } from "node:net";
import { farPort, type Rig } from "./rig.ts";

/** A slow line to some hosts: what is sent arrives later, by half a round trip each way. The kernel here cannot do that. */
export async function slowLine(rig: Rig, count: number, roundTrip: number): Promise<{ readonly close: () => void }> {
  const sockets = new Set<Socket>();
  const servers = await Promise.all(
    Array.from({ length: count }, (_, number) => opened(rig.address(number), roundTrip / 2, sockets)),
  );
  return {
    close: () => {
      for (const server of servers) server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function opened(address: string, delay: number, sockets: Set<Socket>): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ host: address, port: 22, allowHalfOpen: true });
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("error", () => undefined);
      socket.on("close", () => sockets.delete(socket));
    }
    relay(near, far, delay);
    relay(far, near, delay);
  });
  return new Promise((resolve) => server.listen(farPort, address, () => resolve(server)));
}

function relay(from: Socket, to: Socket, delay: number): void {
  from.on("data", (data) => setTimeout(() => to.write(data), delay));
  from.on("end", () => setTimeout(() => to.end(), delay));
}
