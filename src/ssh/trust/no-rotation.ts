import type { Client } from "ssh2";

/**
 * sshd tells all its keys after a login, so that a client may learn new ones (hostkeys-00@openssh.com), and ssh2 has it prove
 * each: a message, an answer and a signature for each connection, of which ship, that learns keys only from people, uses
 * nothing. ssh2 has no setting for it; without the method that is changed here all stays as it was.
 */
export function ignoreRotation(client: Client): void {
  const protocol: unknown = Reflect.get(client, "_protocol");
  const handlers: unknown = typeof protocol === "object" && protocol !== null && Reflect.get(protocol, "_handlers");
  if (typeof handlers !== "object" || handlers === null) return;
  const hear: unknown = Reflect.get(handlers, "GLOBAL_REQUEST");
  if (typeof hear !== "function") return;
  Reflect.set(handlers, "GLOBAL_REQUEST", (at: unknown, name: unknown, wantsReply: unknown, data: unknown) => {
    if (name !== "hostkeys-00@openssh.com" || wantsReply === true)
      Reflect.apply(hear, handlers, [at, name, wantsReply, data]);
  });
}
