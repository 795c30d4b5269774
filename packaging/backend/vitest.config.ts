import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/**/*.test.ts"],
    pool: "forks",
    poolOptions: { forks: { minForks: 1, maxForks: 2 } },
    // Only turn a hang into a failure: a cold start of the backend on a busy machine takes half a minute.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
