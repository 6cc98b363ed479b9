import * as z from "zod";
import { FilesSpec, FlagSpec, RateSpec } from "./change-schema.ts";
import { ComponentSpec } from "./component-schema.ts";
import { byteRate, duration, httpUrl, text, word } from "./scalars.ts";

// A config is read once: to compile each schema first would take longer than what it saves.
z.config({ jitless: true });

export const SshSpec = z
  .strictObject({
    user: z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9._-]*$/, { error: "this cannot be a user" })
      .optional()
      .meta({ description: "The login user; left out: what ~/.ssh/config says.", examples: ["deploy"] }),
    concurrency: z
      .int()
      .min(1)
      .max(1024)
      .default(64)
      .meta({ description: "How many hosts are spoken to at once.", examples: [64] }),
    bandwidth: byteRate({
      description: "The most that all uploads together send; left out: what the line takes.",
      examples: ["10MB/s"],
    }).optional(),
    transport: z
      .enum(["auto", "ssh2", "openssh", "sandbox"])
      .default("auto")
      .meta({
        description:
          "What carries the bytes: the built-in client (ssh2), the system's ssh (openssh), or the first of them that can, " +
          "host by host: certificates, security keys, Kerberos and post-quantum key exchange need openssh. Or the sandbox's servers.",
        examples: ["openssh"],
      }),
  })
  .meta({
    description: "How hosts are reached. The rest comes from ~/.ssh/config and known_hosts.",
    examples: [{ user: "deploy", concurrency: 64 }],
  });

export const PrometheusSpec = z
  .strictObject({
    url: httpUrl({
      description: "The server's address, with the path under which its API lies, if there is one.",
      examples: ["http://prometheus:9090"],
    }),
    instance: text({
      description:
        "A host's instance label. {host}, {address} and the host's labels may stand in it. Without a port, every port fits.",
      examples: ["{host}:9100"],
    }).default("{host}"),
    headers: z
      .record(z.string(), z.string())
      .refine(areHeaders, { error: "these cannot be headers" })
      .default({})
      .meta({
        description: "Headers for its requests, such as an Authorization.",
        examples: [{ Authorization: `Bearer \${PROMETHEUS_TOKEN}` }],
        secret: true,
      }),
    timeout: duration({ description: "How long an answer may take.", examples: ["5s"] }).prefault("5s"),
  })
  .meta({
    description: "The Prometheus server that metrics may come from.",
    examples: [{ url: "http://prometheus:9090" }],
  });

function areHeaders(headers: Readonly<Record<string, string>>): boolean {
  try {
    return new Headers(headers) !== undefined;
  } catch {
    return false;
  }
}

const NotifySpec = z
  .strictObject({
    type: z.enum(["slack", "webhook"]).meta({ description: "Whom to tell.", examples: ["slack"] }),
    url: text({ description: "The address that is told.", examples: [`\${SLACK_WEBHOOK_URL}`] }).meta({ secret: true }),
    on: z
      .array(z.string())
      .optional()
      .meta({ description: "Which events; left out: every one that needs somebody.", examples: [["ended", "held"]] }),
  })
  .meta({ description: "Somebody who is told.", examples: [{ type: "slack", url: `\${SLACK_WEBHOOK_URL}` }] });

const TeamSpec = z
  .strictObject({
    postgres: text({
      description: "The PostgreSQL database that collects everybody's journals.",
      examples: [`\${SHIP_DATABASE}`],
    }).meta({ secret: true }),
  })
  .meta({ description: "What a team shares.", examples: [{ postgres: `\${SHIP_DATABASE}` }] });

/** The whole of ship.config.yaml. */
export const ConfigSpec = z
  .strictObject({
    ssh: SshSpec.prefault({}),
    prometheus: PrometheusSpec.optional(),
    components: z
      .record(word({ description: "A component's name.", examples: ["api"] }), ComponentSpec)
      .refine((components) => Object.keys(components).length > 0, { error: "there is no component" })
      .meta({
        description: "What is shipped, by name.",
        examples: [{ api: { path: "/srv/api", activate: "sudo -n systemctl restart api" } }],
      }),
    flags: z
      .record(word({ description: "A flag's name.", examples: ["lxc"] }), FlagSpec)
      .optional()
      .meta({
        description: "Feature flags, by name.",
        examples: [{ lxc: { components: ["api"], variants: { on: true, off: false }, default: "off" } }],
      }),
    rates: z
      .record(word({ description: "A rate's name.", examples: ["publish"] }), RateSpec)
      .optional()
      .meta({
        description: "Runtime rates, by name.",
        examples: [{ publish: { component: "api", default: 10 } }],
      }),
    files: FilesSpec.prefault({}),
    notify: z
      .array(NotifySpec)
      .optional()
      .meta({
        description: "Who is told; every entry is.",
        examples: [[{ type: "slack", url: `\${SLACK_WEBHOOK_URL}` }]],
      }),
    brokers: z
      .array(text({ description: "A broker's address.", examples: ["nats://b1:4222"] }))
      .optional()
      .meta({ description: "Brokers; the first that takes an event is told.", examples: [["nats://b1:4222"]] }),
    team: TeamSpec.optional(),
  })
  .meta({ description: "ship.config.yaml", examples: [{ components: { api: { path: "/srv/api" } } }] });
