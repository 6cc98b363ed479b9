import * as z from "zod";

export const CommandSpec = z
  .strictObject({
    type: z.literal("command"),
    run: z
      .string()
      .min(1)
      .meta({
        description:
          "A command for sh, run in the config's folder with SHIP_VERSION and SHIP_COMPONENT. The last line that it prints is the path of a folder or a .tar.gz.",
        examples: ["./build.sh {version}"],
      }),
  })
  .meta({
    description: "A program that makes or fetches a version and prints where it lies.",
    examples: [{ type: "command", run: "./build.sh {version}" }],
  });

export type CommandSpec = z.infer<typeof CommandSpec>;
