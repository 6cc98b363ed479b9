import * as z from "zod";
import { text, word } from "./scalars.ts";

const versionKey = () => text({ description: "The version to ship.", examples: ["v414"] });
const percent = () =>
  z
    .number()
    .min(0)
    .max(100)
    .meta({ description: "The share of all keys that gets the variant, in percent.", examples: [10] });
const audiences = () =>
  z.array(text({ description: "An audience.", examples: ["app=shop-17"] })).meta({
    description: "Who gets it besides: field=value, or a condition.",
    examples: [["app=shop-17", 'plan == "pro"']],
  });
const by = () => text({ description: "The field by which shares are split.", examples: ["account"] });
const variant = () => text({ description: "The flag's variant.", examples: ["on"] });
const rate = () =>
  z
    .number()
    .min(0)
    .meta({ description: "The rate; 0 stops it.", examples: [25] });

/** What a flag is set to: a variant for everybody, or for some. */
const FlagTo = z
  .strictObject({ variant: variant(), percent: percent().optional(), for: audiences().optional(), by: by().optional() })
  .meta({ description: "A variant for some.", examples: [{ variant: "on", percent: 10 }] });

const Change = z
  .strictObject({
    version: versionKey().optional(),
    flag: word({ description: "A flag's name.", examples: ["lxc"] }).optional(),
    variant: variant().optional(),
    percent: percent().optional(),
    for: audiences().optional(),
    by: by().optional(),
    rate: word({ description: "A rate's name.", examples: ["publish"] }).optional(),
    to: rate().optional(),
  })
  .meta({ description: "One change.", examples: [{ flag: "lxc", variant: "on" }] });

/** The file of `ship deploy --file`: the version, then the flags, then the rates; or a list in the order that is written. */
export const ChangeFileSpec = z
  .strictObject({
    component: word({ description: "What they are changes of.", examples: ["api"] }).optional(),
    version: versionKey().optional(),
    flags: z
      .record(word({ description: "A flag's name.", examples: ["lxc"] }), z.union([variant(), FlagTo]))
      .optional()
      .meta({ description: "Flags by name, and their variants.", examples: [{ lxc: "on" }] }),
    rates: z
      .record(word({ description: "A rate's name.", examples: ["publish"] }), rate())
      .optional()
      .meta({ description: "Rates by name.", examples: [{ publish: 25 }] }),
    changes: z
      .array(Change)
      .optional()
      .meta({
        description: "The changes in their order.",
        examples: [[{ version: "v414" }, { flag: "lxc", variant: "on" }]],
      }),
  })
  .meta({
    description: "A change set.",
    examples: [{ version: "v414", flags: { lxc: "on" }, rates: { publish: 25 } }],
  });
