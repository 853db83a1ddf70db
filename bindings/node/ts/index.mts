// `import { Client } from "openai-oxide"`: the same classes as `require` gives.

export * from "./index.js";
