import { createServer } from "node:http";

/** A page of numbers on a free port of the loopback. */
export type Page = {
  /** `127.0.0.1:41234`. */
  readonly address: string;
  /** Ends it: who asks then is refused the connection. */
  close(): Promise<void>;
};

/** `text` is asked at each request; what is undefined is never answered. */
export async function openPage(text: () => string | undefined): Promise<Page> {
  const server = createServer((_, response) => {
    const page = text();
    if (page !== undefined) response.writeHead(200, { "content-type": "text/plain; version=0.0.4" }).end(page);
  });
  const port = await new Promise<number>((done) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      done(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
  return {
    address: `127.0.0.1:${port}`,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
