import * as z from "zod";
import { hostUrl } from "../metrics/url-for.ts";
import { duration } from "./scalars.ts";

export const ProbeSpec = z
  .strictObject({
    url: hostUrl({
      description:
        "What ship requests on each host, through SSH. Anything but 2xx or 3xx within 5 s is an error. {host}, {address} and labels may stand in it.",
      examples: ["http://127.0.0.1:8080/"],
    }),
    every: duration({
      description: "How often; but at most 20 times for each measurement, in the first half of the time between two.",
      examples: ["1s"],
    })
      .refine((ms) => ms >= 50, { error: "that is too often" })
      .prefault("1s"),
  })
  .meta({
    description:
      "Requests that ship itself makes to changed and unchanged hosts, for probe.error_rate (0 to 1) and probe.p99 (ms, the way through SSH included).",
    examples: [{ url: "http://127.0.0.1:8080/", every: "1s" }],
  });
