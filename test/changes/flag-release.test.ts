import { expect, test } from "vitest";
import { flagArchive } from "../../src/changes/flag-release.ts";
import { lxc, stateOf } from "../core/flags.ts";

const shops = (...values: string[]) => ({ type: "values", field: "app", values }) as const;

test("a state is five files, and asked in other words it is the same ones", () => {
  const archive = flagArchive(lxc, stateOf({ percent: 10, for: [shops("b", "a")] }));
  if (archive.type === "complaint") expect.unreachable(archive.message);
  else {
    expect(archive.files.map(({ name }) => name)).toEqual(["apply", "definition.json", "name", "remove", "state"]);
    expect(archive.files.find(({ name }) => name === "name")?.text).toBe("lxc\n");
  }
  expect(flagArchive(lxc, stateOf({ percent: 10, for: [shops("a"), shops("b", "a")] }))).toEqual(archive);
});

test("what is too large is a complaint", () => {
  const many = shops(...Array.from({ length: 100_000 }, (_, at) => `customer-${at}`));
  expect(flagArchive(lxc, stateOf({ for: [many] }))).toMatchObject({ type: "complaint" });
});
