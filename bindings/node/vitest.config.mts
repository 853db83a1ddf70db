import { defineConfig } from "vitest/config";

// Tests run against the built package (dist/), through its own export map, as a user's program would.
export default defineConfig({
  test: {
    include: ["test/**/*.test.mts"],
    testTimeout: 30_000,
    execArgv: ["--expose-gc"],
    server: { deps: { external: [/dist\//] } },
  },
});
