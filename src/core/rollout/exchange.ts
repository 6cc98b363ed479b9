import type { Happening } from "../event.ts";
import type { Answer, Order, Sign } from "../host.ts";
import type { Sample } from "../sample.ts";

/** What happened, for the reducer: answers name what they answer, and time is an input like any other. */
export type Input =
  | { readonly type: "began"; readonly at: number }
  | {
      readonly type: "answered";
      readonly at: number;
      readonly host: string;
      readonly order: Order["type"];
      readonly attempt: number;
      readonly answer: Answer;
    }
  | {
      readonly type: "checked";
      readonly at: number;
      readonly host: string;
      readonly attempt: number;
      readonly healthy: boolean;
      readonly detail: string;
      /** The host itself gave no answer: that says nothing of the service. */
      readonly silent: boolean;
      /** Identity of the process that answered, where it is known. */
      readonly process: string | undefined;
    }
  | {
      readonly type: "identified";
      readonly at: number;
      readonly host: string;
      readonly attempt: number;
      readonly answer: Answer;
    }
  | { readonly type: "measured"; readonly at: number; readonly samples: readonly Sample[] }
  /** What a witness said to the runner's beat of that number. */
  | {
      readonly type: "beaten";
      readonly at: number;
      readonly host: string;
      readonly count: number;
      readonly answer: Answer;
    }
  /** What a host said that was asked to pass the bytes on. */
  | { readonly type: "passing"; readonly at: number; readonly host: string; readonly answer: Answer }
  /** `sent`: bytes of releases that have left here since the run began, where that is counted. */
  | { readonly type: "ticked"; readonly at: number; readonly sent?: number }
  /** The process stood still for longer than a newcomer waits. */
  | { readonly type: "woke"; readonly at: number }
  | { readonly type: "interrupted"; readonly at: number; readonly signal: string };

/** What is wanted of the world. */
export type Effect =
  /** Send it, after so many ms. The engine adds the claim. */
  | {
      readonly type: "order";
      readonly host: string;
      readonly attempt: number;
      readonly order: Order;
      readonly after: number;
    }
  /** Watch the host's health until it has been well for long enough, or its time is over; answers `checked`. */
  | {
      readonly type: "check";
      readonly host: string;
      readonly attempt: number;
      readonly release: string;
      /** Identity of a process that is not the one: it was there before. */
      readonly not: string | undefined;
      readonly after: number;
    }
  /** Look which process the service is now, after so many ms; answers `identified`. */
  | { readonly type: "identify"; readonly host: string; readonly attempt: number; readonly after: number }
  /** `from`: since when the samples of each host with the change count (ms); `every`: the time between two measurements. */
  | {
      readonly type: "measure";
      readonly hosts: readonly string[];
      readonly from: ReadonlyMap<string, number>;
      readonly every: number;
    }
  /** Tell a witness that this run lives, for the `count`th time; answers `beaten`. */
  | {
      readonly type: "beat";
      readonly host: string;
      readonly count: number;
      readonly beat: Extract<Sign, { readonly type: "beat" }>;
    }
  /** Have the release's archive passed on to so many others; answers `passing`. */
  | { readonly type: "pass-on"; readonly host: string; readonly takes: number }
  /** From now on all uploads together send so many bytes a second. */
  | { readonly type: "throttle"; readonly rate: number }
  | { readonly type: "announce"; readonly happening: Happening };
