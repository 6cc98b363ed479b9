import { createHash } from "node:crypto";
import { readdirSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { download } from "../../src/artifacts/download.ts";
import { listen } from "../ssh/server.ts";
import { tarGzOf } from "./tar-writer.ts";
import { failureOf, folder, resolveIt, serve } from "./workshop.ts";

const megabyte = 1 << 20;

test("what never ends is cut at what may come, and the line is closed (cell 38)", async () => {
  let sent = 0;
  let closed = false;
  const base = await serve((_, response) => {
    response.on("close", () => {
      closed = true;
    });
    const more = (): void => {
      if (response.destroyed) return;
      sent += 65_536;
      response.write(Buffer.alloc(65_536), more);
    };
    more();
  });
  const file = join(folder(), "download");
  const failure = await failureOf(download({ url: `${base}/x`, headers: {}, cap: megabyte }, file));
  expect(failure).toMatchObject({
    code: "refused",
    message: `${base}/x is larger than ${megabyte} bytes, the most that is taken`,
  });
  expect(statSync(file).size).toBeLessThanOrEqual(megabyte);
  await expect.poll(() => closed).toBe(true);
  expect(sent).toBeGreaterThan(megabyte);
});

test("what is larger than its server declares is not taken, and nothing of it is kept (cell 38)", async () => {
  const archive = tarGzOf([{ name: "app", body: "hello".repeat(2000) }]);
  const sum = createHash("sha256").update(archive).digest("hex");
  const declared = archive.length - 20;
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", (asked) => {
      const body = asked.includes(".sha256") ? Buffer.from(sum) : archive;
      const length = asked.includes(".sha256") ? sum.length : declared;
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${length}\r\nconnection: close\r\n\r\n`);
      socket.end(body);
    });
  });
  const port = await listen(server);
  onTestFinished(() => void server.close());
  const cache = folder();
  const source = { type: "http", url: `http://127.0.0.1:${port}/{version}.tar.gz`, sha256: "{url}.sha256" };
  const failure = await failureOf(resolveIt({ source, root: folder(), cache }));
  expect(["refused", "unreachable"]).toContain(failure.code);
  expect(readdirSync(cache)).toEqual([]);
});
