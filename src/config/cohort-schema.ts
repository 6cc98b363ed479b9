import * as z from "zod";
import { labels, port, text, word } from "./scalars.ts";

const hostName = {
  description: "A host, or a range of hosts: api-[02-04,07].example.com. A number keeps its padding.",
  examples: ["api-01.example.com", "api-[02-04].example.com"],
};

/** One host with what ssh needs to know beyond its name. */
export const HostSpec = z
  .strictObject({
    host: text(hostName),
    address: z
      .string()
      .regex(/^[A-Za-z0-9:][A-Za-z0-9.:%_-]*$/, { error: "this is not an address" })
      .optional()
      .meta({ description: "Where to connect to; left out: the host's name.", examples: ["10.0.0.5"] }),
    port: port({ description: "The port of its SSH server.", examples: [2222] }).optional(),
    user: z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9._-]*$/, { error: "this cannot be a user" })
      .optional()
      .meta({ description: "The login user.", examples: ["deploy"] }),
    labels: labels({ description: "The host's labels.", examples: [{ role: "api", zone: "b" }] }).default({}),
  })
  .meta({ description: "A host with its details.", examples: [{ host: "api-05", address: "10.0.0.5", port: 2222 }] });

export type HostSpec = z.output<typeof HostSpec>;

/** A host as an entry of `hosts`: its name, or a range of names, or with details. */
export const EntrySpec = z
  .union([text(hostName).transform((host): HostSpec => ({ host, labels: {} })), HostSpec])
  .meta({ kind: "a host's name, or { host: NAME, … }", ...hostName });

const HostsSpec = z.array(EntrySpec).meta({
  description: "The cohort's hosts, besides those of the cohorts it includes.",
  examples: [["api-[02-04].example.com"]],
});

/** A file of cohorts/. */
export const CohortSpec = z
  .strictObject({
    includes: z
      .array(word({ description: "A cohort's name.", examples: ["internal"] }))
      .default([])
      .meta({ description: "Cohorts whose hosts belong to this one too.", examples: [["internal"]] }),
    hosts: HostsSpec.prefault([]),
    from: text({
      description:
        "A program that prints hosts as JSON: an array, or Ansible's inventory. Started in the cohort's folder, with `--list` and SHIP_COHORT.",
      examples: ["./inventory.sh"],
    }).optional(),
  })
  .meta({ description: "A named set of hosts: the file's name is the cohort's.", examples: [{ hosts: ["api-01"] }] });
