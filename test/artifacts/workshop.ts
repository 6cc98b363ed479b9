import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { type Resolved, resolveArtifact } from "../../src/artifacts/resolve.ts";
import { ShipError } from "../../src/core/error.ts";

/** A folder that goes with the test. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "ship-artifacts-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

export function write(root: string, files: Readonly<Record<string, string | Buffer>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
}

/** A web server on loopback; its address, without a slash at the end. */
export async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return `http://127.0.0.1:${address.port}`;
}

type Asked = {
  readonly source: { readonly type: string; readonly [key: string]: unknown };
  readonly root: string;
  readonly version?: string;
  readonly cache?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
};

export function resolveIt(asked: Asked): Promise<Resolved> {
  const { version = "v408", cache = folder(), env = process.env, source, root } = asked;
  return resolveArtifact({ component: "api", version, source, root, cache, env });
}

/** The ShipError with which it ends; fails the test when there is none. */
export async function failureOf(running: Promise<unknown>): Promise<ShipError> {
  const end = await running.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (end instanceof ShipError) return end;
  throw new Error(`expected a ShipError, got ${String(end)}`, { cause: end });
}
