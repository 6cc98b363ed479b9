import { defineConfig } from "vitest/config";
import base from "./vitest.config.ts";

/** Every branch of what decides is taken by some test. */
export default defineConfig({
  test: {
    ...base.test,
    include: ["core/**/*.test.ts", "simulation/**/*.test.ts", "scenarios/**/*.test.ts"],
    // What plays much and decides nothing new takes minutes when every branch is counted.
    exclude: ["simulation/{sample,kill-points}.test.ts"],
    coverage: {
      provider: "v8",
      enabled: true,
      allowExternal: true,
      include: ["**/src/core/**/*.ts"],
      reporter: ["text"],
      reportOnFailure: true,
      reportsDirectory: "../.ship/coverage",
      thresholds: { branches: 100 },
    },
  },
});
