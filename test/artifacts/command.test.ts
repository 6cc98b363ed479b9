import { expect, test } from "vitest";
import { tarGzOf } from "./tar-writer.ts";
import { failureOf, folder, resolveIt, write } from "./workshop.ts";

const asked = (run: string, root = folder()) => ({ source: { type: "command", run }, root });

test("the last line that it prints is a folder, relative to the config's", async () => {
  const root = folder();
  const run =
    'mkdir -p "out/$SHIP_COMPONENT-$SHIP_VERSION" && echo {version} >out/api-v408/app; echo building; echo out/api-v408; echo';
  const resolved = await resolveIt(asked(run, root));
  write(root, { "other/app": "v408\n" });
  expect(resolved.digest).toBe((await resolveIt(asked("echo other", root))).digest);
});

test("or an archive", async () => {
  const root = folder();
  write(root, { "a.tgz": tarGzOf([{ name: "app" }]) });
  expect((await resolveIt(asked('echo "$PWD/a.tgz"', root))).version).toBe("v408");
});

test("a long log is no trouble", async () => {
  const root = folder();
  write(root, { "out/app": "x" });
  await resolveIt(asked("yes line | head -c 3000000; yes line | head -c 3000000 >&2; echo; echo out", root));
});

test("a failed build is refused with the end of what it said, escaped", async () => {
  const failure = await failureOf(resolveIt(asked("printf 'one\\n\\033[2Jtwo\\n' >&2; exit 3")));
  expect(failure).toMatchObject({
    code: "refused",
    message: "the command that is api's source ended with 3",
    details: ["one", "\\x1b[2Jtwo"],
  });
});

test.each([
  ["true", "printed no path"],
  ["echo no/such", 'printed a path at which nothing is: "no/such"'],
  ["kill -9 $$", "was ended by SIGKILL"],
])("%s is refused: it %s", async (run, words) => {
  const failure = await failureOf(resolveIt(asked(run)));
  expect(failure).toMatchObject({ code: "refused", message: `the command that is api's source ${words}` });
});

test("it cannot list, and says so", async () => {
  for (const version of ["latest", "^1.2"])
    expect(await failureOf(resolveIt({ ...asked("echo ."), version }))).toMatchObject({
      code: "usage",
      message: `"${version}" needs a list of api's versions, and its source (command) has none`,
    });
});
