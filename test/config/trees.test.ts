import { describe, expect, test } from "vitest";
import { component, load, texts } from "./folder.ts";

/** A second component whose folder is `path`. */
function beside(path: string, more = ""): string {
  const web = component.replace("components:\n", "").replace("api:", "web:").replace("/srv/api", path);
  return `${component}${more}${web}`;
}

describe("two components", () => {
  test.each(["/srv/api", "/srv//api/", "/srv/./api", "/srv/api/releases/web", "/srv", '"/srv/{role}"'])(
    "cannot both have /srv/api: %s",
    async (path) => {
      expect(texts(await load(beside(path)))).toContain('the folder is that of "api" on a-01');
    },
  );

  test.each(["/srv/api-2", "srv/api", '"/srv/{host}"'])("may have /srv/api and %s", async (path) => {
    expect(texts(await load(beside(path)))).toBe("");
  });

  test("may have one path on different hosts", async () => {
    const files = { "cohorts/all.yaml": "hosts: [{ host: a, labels: { on: a } }, { host: b, labels: { on: b } }]\n" };
    const text = beside("/srv/api").replace("  api:\n", "  api:\n    hosts: { on: a }\n");
    expect(texts(await load(text.replace("  web:\n", "  web:\n    hosts: { on: b }\n"), {}, files))).toBe("");
  });
});
