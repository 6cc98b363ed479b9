import type { Came } from "./origin.ts";

/** What is told of a release's bytes. */
export type BytesEvent =
  /** `bytes`: as many as came to the host for this. `relay`: the host that passed them on. */
  | ({
      readonly type: "host.placed";
      readonly host: string;
      readonly release: string;
      readonly relay?: string;
    } & (Came | { readonly bytes: number }))
  /** How far a stage's bytes are: `sent` from here since the run began, in copies of `size`; and how many hosts have theirs. */
  | {
      readonly type: "bytes.sent";
      readonly stage: string;
      readonly sent: number;
      readonly size: number;
      readonly placing: number;
      readonly placed: number;
      readonly hosts: number;
    };
