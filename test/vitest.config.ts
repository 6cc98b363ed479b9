import { defaultExclude, defineConfig } from "vitest/config";
import { leftOut } from "./machine.ts";

const missing = leftOut();
if (process.env["CI"] !== undefined && missing.length > 0)
  throw new Error(`In CI nothing may be left out:\n${missing.join("\n")}`);

/** Last words of a run: what this machine could not try, and why. */
const lastWords = {
  onTestRunEnd() {
    for (const line of missing) process.stdout.write(`Left out: ${line}\n`);
  },
};

export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ["**/*.test.ts"],
    exclude: [...defaultExclude, "lab/**"],
    testTimeout: 120_000,
    // However long a busy machine takes: a test that waits in vain fails all the same, before its own time is over.
    expect: { poll: { timeout: 50_000 } },
    hookTimeout: 120_000,
    maxWorkers: 3,
    reporters: ["default", lastWords],
  },
});
