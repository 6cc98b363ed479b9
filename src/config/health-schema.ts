import * as z from "zod";
import { command, duration, httpUrl, port, text } from "./scalars.ts";

const common = {
  within: duration({
    description: "How long after its activation the service may take to answer for the first time.",
    examples: ["30s"],
  }).prefault("30s"),
  for: duration({
    description: "How long it must then answer without a break.",
    examples: ["5s"],
  }).prefault("5s"),
  proof: z
    .enum(["version", "process", "folder", "none"])
    .optional()
    .meta({
      description:
        "What shows that the new release answers, and not a survivor of the old one: the answer names the version; the main process started after the switch; it runs from the new release's folder. `none` asks for nothing. Left out: version for http, process for tcp and exec.",
      examples: ["version"],
    }),
};

const http = z.strictObject({
  type: z.literal("http").meta({ description: "An HTTP GET on the host.", examples: ["http"] }),
  url: httpUrl({
    description: "The address, as the host sees it: 127.0.0.1 is the host.",
    examples: ["http://127.0.0.1:8080/health"],
  }),
  status: z
    .int()
    .min(100)
    .max(599)
    .optional()
    .meta({ description: "The status that the answer must have; left out: any from 200 to 299.", examples: [200] }),
  ...common,
});

const tcp = z.strictObject({
  type: z.literal("tcp").meta({ description: "A connection to a port of the host.", examples: ["tcp"] }),
  address: text({ description: "The address to connect to, as the host sees it.", examples: ["127.0.0.1"] }).default(
    "127.0.0.1",
  ),
  port: port({ description: "The port to connect to.", examples: [8080] }),
  ...common,
});

const exec = z.strictObject({
  type: z.literal("exec").meta({ description: "A program on the host that must exit with 0.", examples: ["exec"] }),
  run: command({ description: "The command, run in the live release's folder.", examples: ["./bin/healthy"] }),
  ...common,
});

export const HealthSpec = z.discriminatedUnion("type", [http, tcp, exec]).meta({
  description: "How a host shows that the service answers.",
  examples: [{ type: "http", url: "http://127.0.0.1:8080/health" }],
});

export type HealthSpec = z.output<typeof HealthSpec>;

export const ProcessSpec = z
  .union([
    z.literal("folder").meta({ description: "The process that runs from the release's folder.", examples: ["folder"] }),
    z.strictObject({
      unit: z
        .string()
        .regex(/^[A-Za-z0-9:_.@-]+$/, { error: "this cannot be a unit's name" })
        .meta({ description: "The systemd unit that runs the service.", examples: ["api"] }),
    }),
    z.strictObject({
      pidfile: text({ description: "The file that holds its process id.", examples: ["/run/api.pid"] }),
    }),
  ])
  .meta({
    kind: "folder, { unit: NAME } or { pidfile: PATH }",
    description:
      "Where the service's main process is found. Left out: the unit that `activate` restarts with systemctl, else folder.",
    examples: [{ unit: "api" }],
  });
