import { createHash } from "node:crypto";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tarGzOf } from "./tar-writer.ts";
import { failureOf, folder, resolveIt, write } from "./workshop.ts";

const archive = tarGzOf([{ name: "app", body: "hello" }]);

test("an archive is taken as it is", async () => {
  const root = folder();
  write(root, { "releases/api-v408.tar.gz": archive });
  const resolved = await resolveIt({ source: { type: "dir", path: "releases/{component}-{version}.tar.gz" }, root });
  expect(resolved.version).toBe("v408");
  expect(resolved.digest).toBe(createHash("sha256").update(archive).digest("hex"));
});

test("latest and ranges choose among the names that fit the pattern", async () => {
  const root = folder();
  const source = { type: "dir", path: "builds/{version}/api-{version}.tar.gz" };
  for (const version of ["1.2.0", "1.10.0", "2.0.0"])
    write(root, { [`builds/${version}/api-${version}.tar.gz`]: archive });
  write(root, { "builds/3.0.0/other.tar.gz": archive, "builds/readme": "x" });
  const version = async (wanted: string) => (await resolveIt({ source, root, version: wanted })).version;
  expect(await version("latest")).toBe("2.0.0");
  expect(await version("1.x")).toBe("1.10.0");
  expect(await version(">=1 <1.5")).toBe("1.2.0");
  expect(await version("1.2.0")).toBe("1.2.0");
});

test("a folder that a link names is packed; the link's name is the version", async () => {
  const root = folder();
  write(root, { "v408/app": "x" });
  symlinkSync("v408", join(root, "stable"));
  const source = { type: "dir", path: "{version}" };
  const stable = await resolveIt({ source, root, version: "stable" });
  expect(stable.version).toBe("stable");
  expect(stable.digest).toBe((await resolveIt({ source, root })).digest);
});

test("an unknown version names the nearest one and what there is", async () => {
  const root = folder();
  for (let number = 395; number < 408; number += 1) write(root, { [`v${number}/app`]: "x" });
  const failure = await failureOf(resolveIt({ source: { type: "dir", path: "{version}" }, root, version: "v4o7" }));
  expect(failure).toMatchObject({
    code: "usage",
    message: 'api has no version "v4o7"',
    hint: "Did you mean v407?",
    details: ["there are v407, v406, v405, v404, v403, v402, v401, v400, v399, v398 and 3 older ones"],
  });
});

test("a folder that is not there has no versions", async () => {
  const failure = await failureOf(
    resolveIt({ source: { type: "dir", path: "no/{version}" }, root: folder(), version: "latest" }),
  );
  expect(failure).toMatchObject({ code: "usage", message: 'api has no version "latest"', details: [] });
});

test.each(["", " "])("no text (%j) is no version, though semver reads all of them in it", async (version) => {
  const root = folder();
  write(root, { "1.0.0/app": "x" });
  const failure = await failureOf(resolveIt({ source: { type: "dir", path: "{version}" }, root, version }));
  expect(failure.message).toBe(`${JSON.stringify(version)} cannot be the name of a version`);
});
