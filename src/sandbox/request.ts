import * as z from "zod";

/**
 * How a host is broken. `down`: its SSH server refuses, and what was connected is cut. `crash`: the app dies at every
 * start. `sick`: the app runs, and its health check says no. `disk`: no file can be written, and df shows no room.
 * `up`: all of it is mended.
 */
export const breakages = ["down", "crash", "sick", "disk", "up"] as const;
export type Breakage = (typeof breakages)[number];

/** What the control server is asked: one JSON text as the command of an SSH session. */
export const request = z.discriminatedUnion("do", [
  z.object({ do: z.literal("open"), hosts: z.array(z.string()) }),
  z.object({ do: z.literal("break"), host: z.string(), how: z.enum(breakages) }),
  z.object({ do: z.literal("status") }),
]);
export type Request = z.infer<typeof request>;

/** `broken` is empty on a sound host; `version` is what its app's release folder says, empty when none runs. */
const hostStatus = z.object({
  name: z.string(),
  port: z.number(),
  home: z.string(),
  broken: z.array(z.enum(breakages)),
  app: z.object({ pid: z.number().optional(), release: z.string(), starts: z.number() }),
});
export type HostStatus = z.infer<typeof hostStatus>;

/** Every request is answered with all hosts, or with what is wrong with it. */
export const answer = z.union([z.object({ hosts: z.array(hostStatus) }), z.object({ error: z.string() })]);
export type ControlAnswer = z.infer<typeof answer>;
