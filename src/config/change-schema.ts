import * as z from "zod";
import { text, word } from "./scalars.ts";

const day = { kind: "a day such as 2027-03-01" };

export const FlagSpec = z
  .strictObject({
    components: z
      .array(word({ description: "A component.", examples: ["api"] }))
      .min(1)
      .meta({ description: "The components that read the flag.", examples: [["api"]] }),
    variants: z.record(z.string(), z.union([z.boolean(), z.string(), z.number()])).meta({
      kind: "values, name by name",
      description: "The flag's values by name.",
      examples: [{ on: true, off: false }],
    }),
    default: text({ description: "The variant where nothing was set.", examples: ["off"] }),
    owner: text({ description: "Who answers for the flag.", examples: ["runtime"] }).optional(),
    expires: z.iso
      .date({ error: "this is not a day" })
      .optional()
      .meta({ ...day, description: "When the flag should be gone.", examples: ["2027-03-01"] }),
  })
  .meta({
    description: "A feature flag.",
    examples: [{ components: ["api"], variants: { on: true, off: false }, default: "off" }],
  });

export const RateSpec = z
  .strictObject({
    component: word({ description: "The component that reads the rate.", examples: ["api"] }),
    default: z.number().meta({ description: "The rate where nothing was set.", examples: [10] }),
    min: z
      .number()
      .optional()
      .meta({ description: "The least that may be set.", examples: [0] }),
    max: z
      .number()
      .optional()
      .meta({ description: "The most that may be set.", examples: [500] }),
  })
  .meta({ description: "A runtime rate.", examples: [{ component: "api", default: 10, min: 0, max: 500 }] });

export const FilesSpec = z
  .strictObject({
    flags: text({
      description: "The flag definition file on a host; {path} is the component's.",
      examples: ["/etc/flags.json"],
    }).default("{path}/shared/flags.json"),
    rates: text({
      description: "The folder on a host with one file a rate; {path} is the component's.",
      examples: ["/etc/rates"],
    }).default("{path}/shared/rates"),
  })
  .meta({ description: "Where flags and rates are written on a host.", examples: [{ rates: "/etc/rates" }] });
