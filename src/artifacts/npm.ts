import * as z from "zod";

export const NpmSpec = z
  .strictObject({
    type: z.literal("npm"),
    package: z
      .string()
      .regex(/^(@[a-z0-9~][a-z0-9._~-]*\/)?[a-z0-9~][a-z0-9._~-]*$/, "expected a package's name, such as @scope/name")
      .meta({
        description: "The package whose tarball is shipped, from the registry that npm is configured for here.",
        examples: ["@scope/api"],
      }),
  })
  .meta({
    description: "A package of an npm registry: its tarball, without its outer folder, and without its dependencies.",
    examples: [{ type: "npm", package: "@scope/api" }],
  });

export type NpmSpec = z.infer<typeof NpmSpec>;
