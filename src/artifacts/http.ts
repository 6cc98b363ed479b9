import * as z from "zod";

export const HttpSpec = z
  .strictObject({
    type: z.literal("http"),
    url: z
      .string()
      .regex(/^https?:\/\//, "expected a URL that starts with http:// or https://")
      .includes("{version}")
      .meta({
        description: "Where a version's .tar.gz lies. `{version}` and `{component}` may stand in it.",
        examples: ["https://artifacts.example.com/api-{version}.tar.gz"],
      }),
    sha256: z
      .string()
      .regex(/^(https?:\/\/|\{url\})/, "expected a URL, or one that starts with {url}")
      .meta({
        description:
          "Where the archive's checksum lies: a bare sha256, or lines as sha256sum writes them. `{url}` is the archive's URL.",
        examples: ["{url}.sha256", "https://artifacts.example.com/{version}/SHA256SUMS"],
      }),
    list: z
      .string()
      .regex(/^https?:\/\//, "expected a URL that starts with http:// or https://")
      .optional()
      .meta({
        description:
          "Where the names of all versions lie: a JSON array, or one a line. Needed for `latest` and for ranges.",
        examples: ["https://artifacts.example.com/versions.json"],
      }),
    headers: z
      .record(z.string(), z.string())
      .optional()
      .meta({
        description: "Headers for these requests, such as an Authorization. They never follow a redirect elsewhere.",
        // biome-ignore lint/suspicious/noTemplateCurlyInString: it is how the environment is named in the config
        examples: [{ Authorization: "Bearer ${ARTIFACTS_TOKEN}" }],
        secret: true,
      }),
  })
  .meta({
    description: "Archives on a web server, each with its checksum.",
    examples: [{ type: "http", url: "https://artifacts.example.com/api-{version}.tar.gz", sha256: "{url}.sha256" }],
  });

export type HttpSpec = z.infer<typeof HttpSpec>;
