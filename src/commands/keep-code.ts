import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleText, codeFile, runBundle } from "./code.ts";

// The last step of a build: runs what most commands begin with, and keeps what V8 has compiled for it. Without a run that
// would be the outermost functions only.

const config = `components:
  api:
    source: { type: dir, path: "versions/{version}" }
    path: /srv/api
    activate: "true"
    healthy: { type: exec, run: "true", proof: none }
    metrics: { connections: { from: exposition, url: "http://127.0.0.1/metrics", gauge: connections } }
    assertions: [connections > 10]
`;

function project(): string {
  const folder = mkdtempSync(join(tmpdir(), "ship-build-"));
  mkdirSync(join(folder, "cohorts"));
  mkdirSync(join(folder, "versions", "v1"), { recursive: true });
  writeFileSync(join(folder, "versions", "v1", "VERSION"), "v1\n");
  writeFileSync(join(folder, "ship.config.yaml"), config);
  writeFileSync(join(folder, "cohorts", "all.yaml"), "hosts: [api-01, api-02]\n");
  return folder;
}

async function keep(): Promise<void> {
  const folder = project();
  try {
    const text = bundleText();
    const { line, compiled } = runBundle(text, undefined);
    const file = join(folder, "ship.config.yaml");
    const exit = await line.runLine(["plan", "--offline", "--version", "v1", "--config", file]);
    if (exit !== 0) throw new Error(`ship plan ended with ${exit}`);
    writeFileSync(codeFile(text), compiled());
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

try {
  await keep();
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error);
  process.stderr.write(`ship is built; it will start slower, as its compiled code could not be kept: ${reason}\n`);
}
