import * as z from "zod";
import { SourceSpec } from "../artifacts/index.ts";
import { kinds } from "../core/change-set.ts";
import { AssertionSpec } from "./assertion-schema.ts";
import { CompareSpec } from "./compare-schema.ts";
import { HealthSpec, ProcessSpec } from "./health-schema.ts";
import { MetricsSpec } from "./metric-schema.ts";
import { ProbeSpec } from "./probe-schema.ts";
import { command, duration, labels, share } from "./scalars.ts";
import { StagesSpec } from "./stage-schema.ts";

const PathSpec = z
  .string()
  .regex(/^(?!\/+$)[^\u0000-\u001f\u007f~][^\u0000-\u001f\u007f]*$/, { error: "this cannot be a component's folder" })
  .refine((path) => !path.split("/").includes(".."), { error: "the folder cannot leave itself with .." })
  .meta({
    kind: "a path, absolute or relative to the login user's home",
    description:
      "The component's folder on a host; ship owns it. Absolute, or relative to the login user's home. {host} and the host's labels, as {zone}, may stand in it.",
    examples: ["/srv/api"],
  });

const SharedSpec = z
  .string()
  .regex(/^(?!.*\/\/)[^/\u0000-\u001f\u007f][^\u0000-\u001f\u007f]*$/, {
    error: "this cannot be linked into a release",
  })
  .refine((path) => !path.split("/").some((part) => part === ".." || part === "."), {
    error: "the path cannot leave the release",
  })
  .meta({
    kind: "a path inside the release; a trailing slash makes a folder",
    description: "A file, or with a trailing slash a folder, inside every release.",
    examples: ["config/local.yaml", "log/"],
  });

/** `log/` holds `log`, and `log/a`. */
function holds(one: string, other: string): boolean {
  const [outer, inner] = [one, other].map((path) => `${path.replace(/\/+$/, "")}/`);
  return inner?.startsWith(outer ?? "") === true;
}

const EnvSpec = z
  .record(
    z
      .string()
      .regex(/^(?!SHIP_)[A-Za-z_][A-Za-z0-9_]{0,127}$/, { error: "this cannot be a variable; SHIP_… are ship's own" })
      .meta({ kind: "a name of letters, digits and _" }),
    z
      .string()
      .regex(/^[^\u0000]*$/, { error: "NUL cannot stand here" })
      .meta({ kind: "text", description: "The variable's value.", examples: ["8080"] }),
  )
  .meta({
    description:
      "The environment of activation, drain and once steps; kept with the release, readable by its owner only.",
    examples: [{ PORT: "8080" }],
  });

const OnceSpec = z
  .strictObject({
    run: command({ description: "The command, run in the new release's folder.", examples: ["bin/migrate"] }),
    when: z
      .enum(["before", "after"])
      .default("before")
      .meta({ description: "Before or after the host's switch.", examples: ["before"] }),
    reversible: z
      .boolean()
      .default(false)
      .meta({
        description: "May a rollback go past it? Past a step that is not, the automatic answer to a failure is hold.",
        examples: [true],
      }),
  })
  .meta({ description: "A step that runs once a release.", examples: [{ run: "bin/migrate" }] });

const DrainSpec = z
  .strictObject({
    run: command({ description: "The command that takes the host out of service.", examples: ["./bin/leave-lb"] }),
    for: duration({ description: "How long requests in flight then get.", examples: ["15s"] }).prefault("0s"),
  })
  .meta({
    description: "Takes a host out of service before the switch; runs in the live release's folder.",
    examples: [{ run: "./bin/leave-lb", for: "15s" }],
  });

export const ComponentSpec = z
  .strictObject({
    source: SourceSpec.meta({
      description: "Where the component's versions come from.",
      examples: [{ type: "dir", path: "releases/{version}" }],
    }),
    hosts: labels({
      description: "Labels of the hosts that carry it; left out: every host of a cohort.",
      examples: [{ role: "api" }],
    }).default({}),
    path: PathSpec,
    shared: z
      .array(SharedSpec)
      .refine((paths) => !paths.some((one, at) => paths.some((other, before) => at !== before && holds(one, other))), {
        error: "a shared path cannot be there twice, or lie in another one: what is in the other would be replaced",
      })
      .default([])
      .meta({
        description: "Files and folders that outlive a release, linked into each. A trailing slash makes a folder.",
        examples: [["config/local.yaml", "log/"]],
      }),
    env: EnvSpec.default({}),
    activate: command({
      description:
        "Brings the switched release to life. ship never becomes root: the command escalates itself. SHIP_* is in its environment.",
      examples: ["sudo -n systemctl restart api"],
    }),
    activate_within: duration({ description: "How long the activation may take.", examples: ["60s"] }).prefault("60s"),
    deactivate: command({
      description: "Puts back a host that had no release before.",
      examples: ["sudo -n systemctl stop api"],
    }).optional(),
    drain: DrainSpec.optional(),
    undrain: command({
      description: "Puts a host back into service: after health, and at the end of every revert.",
      examples: ["./bin/join-lb"],
    }).optional(),
    healthy: HealthSpec.optional(),
    process: ProcessSpec.optional(),
    once: z
      .array(OnceSpec)
      .default([])
      .meta({
        description: "Steps on the first host of the first stage, once a release.",
        examples: [[{ run: "bin/migrate", when: "before", reversible: false }]],
      }),
    keep: z
      .int()
      .min(1)
      .max(1000)
      .default(5)
      .meta({ description: "How many releases a host keeps; one in use or proven is never removed.", examples: [5] }),
    stages: StagesSpec.optional(),
    max_unavailable: share({
      description: "How many hosts of a cohort may be out of service at once; also how many change at once.",
      examples: ["10%", 2],
    }).prefault("10%"),
    max_failed: share({
      description: "How many hosts of a stage may end up bad or unreachable without failing it.",
      examples: [0, "2%"],
    }).prefault(0),
    rollback: z
      .strictObject({
        max_unavailable: share({
          description: "How many hosts of a cohort may be out of service at once during a rollback.",
          examples: ["25%"],
        }).prefault("25%"),
      })
      .prefault({})
      .meta({ description: "How a rollback goes.", examples: [{ max_unavailable: "25%" }] }),
    on_failure: z
      .enum(["rollback", "hold"])
      .default("rollback")
      .meta({ description: "What a failed stage does.", examples: ["rollback"] }),
    on_blind: z
      .enum(["hold", "rollback"])
      .default("hold")
      .meta({ description: "What a stage without evidence by the end of its bake does.", examples: ["hold"] }),
    remedy: z
      .array(z.enum(kinds).meta({ description: "A kind of change.", examples: ["rate"] }))
      .min(1)
      .refine((named) => new Set(named).size === named.length, { error: "each kind stands here once" })
      .optional()
      .meta({
        description:
          "In which order the parts of a change set are put back when one of them fails, with a measurement after each, until the evidence is good; left out: all of them, newest first.",
        examples: [["rate", "flag", "release"]],
      }),
    warmup: duration({
      description: "How long after its change a host's samples do not count.",
      examples: ["10s"],
    }).prefault("10s"),
    metrics: MetricsSpec.prefault({}),
    assertions: z
      .array(AssertionSpec)
      .prefault([])
      .meta({ description: "What a healthy service meets.", examples: [["p99_latency < 50", "active_cons > 10"]] }),
    probe: ProbeSpec.optional(),
    compare: z
      .array(CompareSpec)
      .default([])
      .meta({
        description: "Metrics whose changed hosts are compared with the unchanged ones, without a limit of your own.",
        examples: [[{ metric: "p99_latency", direction: "up" }]],
      }),
    gate: z
      .enum(["enforce", "observe"])
      .default("enforce")
      .meta({
        description: "enforce: verdicts decide. observe: all is measured and shown, and decides nothing.",
        examples: ["enforce"],
      }),
    false_rollbacks: z
      .string()
      .regex(/^1 in [1-9]\d{0,8}$/, { error: "this is not a chance" })
      .transform((written) => 1 / Number(written.slice(5)))
      .refine((chance) => chance <= 0.5, { error: "that would take back every other good release" })
      .prefault("1 in 1000")
      .meta({
        kind: "a chance such as 1 in 1000",
        description:
          "How often a rollout of a healthy version may be taken back by the tests on counts, over all assertions and looks.",
        examples: ["1 in 1000"],
      }),
    fetch: z
      .boolean()
      .default(false)
      .meta({
        description:
          "Do hosts fetch the bytes themselves from the artifact's URL, by curl or wget? Length and digest are checked all the same. One that cannot is sent them from here, with the reason. Only where the source has a URL (http); its headers then go to the hosts.",
        examples: [true],
      }),
    spread: z
      .boolean()
      .default(false)
      .meta({
        description:
          "Do hosts that have the bytes pass them on to others of their stage, so that a few copies leave this machine? They do so by HTTP, in the clear, at a free port of the address by which ssh reached them, for the time that it takes: nothing secret may be in the archive. It takes python3 or perl there, and curl or GNU wget; where that lacks, or a port is closed, the bytes are sent from here.",
        examples: [true],
      }),
  })
  .meta({
    description: "A thing that is shipped.",
    examples: [{ path: "/srv/api", activate: "sudo -n systemctl restart api" }],
  });
