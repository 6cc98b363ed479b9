import { expect } from "vitest";

/** Texts are shown as they are seen, in files that people can read; wall time is that of Greenwich everywhere. */
export async function golden(name: string, text: string): Promise<void> {
  await expect(text).toMatchFileSnapshot(`golden/${name}.txt`);
}

process.env["TZ"] = "UTC";
