import { basename, dirname } from "node:path";
import { findConfig } from "../config/file.ts";
import { exits, ShipError } from "../core/error.ts";
import { jsonText } from "../core/escape.ts";
import { columns } from "../report/columns.ts";
import type { HostStatus } from "../sandbox/request.ts";
import type { Invocation } from "./index.ts";
import { inSession, openFleet, type Session, text } from "./session.ts";
import { sandboxFolder } from "./transport.ts";

const actions = { up, down, status, break: breakHost } as const;

export async function run(invocation: Invocation): Promise<number> {
  const [action = "", folder = ""] = invocation.arguments;
  if (action === "serve") return serve(folder);
  return inSession(invocation, async (session) => {
    const act = Object.entries(actions).find(([name]) => name === action)?.[1];
    if (act === undefined)
      throw new ShipError(
        "usage",
        `ship sandbox takes ${Object.keys(actions).join(", ")}, not ${JSON.stringify(action)}.`,
      );
    await act(session);
    return exits.done;
  });
}

/** The background process's own life; it ends when the sandbox does. */
async function serve(folder: string): Promise<number> {
  const { serveSandbox } = await import("../sandbox/serve.ts");
  await serveSandbox(folder);
  return exits.done;
}

/** Only where the config lies is asked: a mistake in it keeps nobody from ending the sandbox. */
async function folderOf({ invocation }: Session): Promise<string> {
  const file = await findConfig(text(invocation.options["config"]), process.cwd());
  if (file === undefined)
    throw new ShipError("usage", "There is no ship.config.yaml here or above.", { hint: "Say --config FILE." });
  return sandboxFolder(dirname(file));
}

async function up(session: Session): Promise<void> {
  const opened = await openFleet(session, "recovery");
  await opened.close();
  if (opened.config.ssh.transport !== "sandbox")
    throw new ShipError("usage", "The config does not use the sandbox.", {
      hint: "It does with `ssh: { transport: sandbox }`.",
    });
  say(session, `The sandbox is up: ${opened.targets.hosts.size} hosts. It ends with: ship sandbox down`);
}

async function down(session: Session): Promise<void> {
  const { closeSandbox } = await import("../sandbox/close.ts");
  const closed = await closeSandbox(await folderOf(session));
  say(session, closed === "closed" ? "The sandbox is gone, with all that ran in it." : "There is no sandbox here.");
}

async function status(session: Session): Promise<void> {
  const { sandboxStatus } = await import("../sandbox/status.ts");
  const hosts = await sandboxStatus(await folderOf(session));
  if (session.view === "json")
    for (const host of hosts ?? []) session.output.write(`${jsonText({ type: "sandbox.host", ...host })}\n`);
  else if (hosts === undefined) say(session, "No sandbox is running. Any command that needs it starts it.");
  else for (const line of columns(hosts.map(hostRow))) say(session, line);
}

function hostRow({ name, port, app, broken }: HostStatus): readonly string[] {
  const runs = app.release === "" ? "runs nothing" : `runs ${basename(app.release)}`;
  const started = `started ${app.starts === 1 ? "once" : `${app.starts} times`}`;
  return [name, `port ${port}`, runs, started, broken.length === 0 ? "" : `broken: ${broken.join(", ")}`];
}

/** With --json there is nothing but events on stdout. */
function say(session: Session, line: string): void {
  if (session.view !== "json") session.output.write(`${line}\n`);
}

async function breakHost(session: Session): Promise<void> {
  const [, host = "", how = ""] = session.invocation.arguments;
  const { breakages } = await import("../sandbox/request.ts");
  const { breakSandbox } = await import("../sandbox/status.ts");
  const found = breakages.find((each) => each === how);
  if (found === undefined)
    throw new ShipError("usage", `A host can be broken by ${breakages.join(", ")}, not by ${JSON.stringify(how)}.`, {
      hint: "ship sandbox break HOST HOW",
    });
  await breakSandbox(await folderOf(session), host, found);
  say(session, `${host}: ${how}`);
}
