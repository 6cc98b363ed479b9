import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { printable } from "../../src/core/escape.ts";
import { openSsh } from "../../src/ssh/transport.ts";
import { type Rig, startOpenSsh } from "../e2e/openssh.ts";
import { hasOpenSsh } from "../e2e/openssh-server.ts";

const gigabyte = 1_000_000_000;

describe.skipIf(!hasOpenSsh())("a real server whose command never stops talking", () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startOpenSsh({ hosts: 1 });
  });
  afterAll(() => rig.stop());

  /** Bytes that are no UTF-8, without a single line feed, on both streams; then an exit code of its own. */
  const line = `tr '\\0' '\\377' </dev/zero | head -c ${gigabyte}; tr '\\0' '\\233' </dev/zero | head -c ${gigabyte / 10} >&2; exit 7`;

  test("S17: a gigabyte of it is read to its end, and hardly any of it kept (cell 56)", async () => {
    const [only] = rig.hosts;
    if (only === undefined) throw new Error("a rig of one host has one");
    const transport = openSsh({ resolve: rig.resolve, concurrency: 1 });
    await transport.run(only.host, { line: "true", stdin: [], within: 30_000, cap: 10 });
    const before = process.memoryUsage().rss;
    let most = before;
    const timer = setInterval(() => {
      most = Math.max(most, process.memoryUsage().rss);
    }, 50);
    const ran = await transport.run(only.host, { line, stdin: [], within: 280_000, cap: 65_536 });
    clearInterval(timer);
    await transport.close();
    expect(ran.exit).toEqual({ type: "exited", code: 7 });
    expect([ran.stdout.length, ran.stderr.length, ran.truncated]).toEqual([65_536, 65_536, true]);
    expect(most - before).toBeLessThan(256 * 1024 ** 2);
    const shown = printable(Buffer.from(ran.stdout).toString(), { ci: true });
    expect(shown).toMatch(/^\ufffd+… \(cut at 4096 bytes\)$/);
    expect(Buffer.byteLength(shown)).toBeLessThan(4200);
  });
});
