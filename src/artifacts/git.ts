import * as z from "zod";

const notAnOption = /^(?!-)/;

export const GitSpec = z
  .strictObject({
    type: z.literal("git"),
    repo: z
      .string()
      .min(1)
      .regex(notAnOption, "expected a path or URL; it cannot start with a dash")
      .meta({
        description: "The repository: a path, relative to the config's folder, or a URL.",
        examples: [".", "https://git.example.com/team/api.git", "git@git.example.com:team/api.git"],
      }),
    ref: z
      .string()
      .includes("{version}")
      .regex(notAnOption, "expected the name of a ref; it cannot start with a dash")
      .default("{version}")
      .meta({
        description: "The tag, branch or commit of a version. `latest` and ranges choose among the tags that fit it.",
        examples: ["{version}", "api-{version}"],
      }),
    folder: z
      .string()
      .regex(notAnOption, "expected a folder; it cannot start with a dash")
      .optional()
      .meta({
        description: "Only this folder of the tree is shipped, as the release's root.",
        examples: ["services/api"],
      }),
    prefix: z
      .string()
      .optional()
      .meta({
        description: "The folder of the release into which the tree goes; left out: its root.",
        examples: ["app"],
      }),
  })
  .meta({
    description: "The files of a ref of a git repository, packed so that the same tree gives the same digest anywhere.",
    examples: [{ type: "git", repo: ".", ref: "{version}" }],
  });

export type GitSpec = z.infer<typeof GitSpec>;
