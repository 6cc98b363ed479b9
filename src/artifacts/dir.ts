import * as z from "zod";

export const DirSpec = z
  .strictObject({
    type: z.literal("dir"),
    path: z
      .string()
      .includes("{version}")
      .meta({
        description:
          "Where a version lies: a folder or a .tar.gz, relative to the config's folder. `{version}` and `{component}` may stand in it.",
        examples: ["releases/{version}", "releases/api-{version}.tar.gz"],
      }),
  })
  .meta({
    description: "Folders or archives on this machine. Folders are packed so that equal files give an equal digest.",
    examples: [{ type: "dir", path: "releases/{version}" }],
  });

export type DirSpec = z.infer<typeof DirSpec>;
