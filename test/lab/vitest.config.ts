import { defineConfig } from "vitest/config";
import base from "../vitest.config.ts";

/**
 * What takes long, or needs network namespaces, containers and kills: run by `npm run faults`, not by `npm test`.
 * One file at a time: they share the machine's network and its two cores, and their leases are short.
 */
export default defineConfig({
  test: {
    ...base.test,
    root: import.meta.dirname,
    exclude: [],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    fileParallelism: false,
  },
});
