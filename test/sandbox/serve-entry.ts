import { serveSandbox } from "../../src/sandbox/serve.ts";

// What the background process runs in these tests, in place of ship's hidden command.
await serveSandbox(process.argv[2] ?? "");
process.exit(0);
