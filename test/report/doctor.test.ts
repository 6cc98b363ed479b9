import { expect, test } from "vitest";
import type { Happening } from "../../src/core/event.ts";
import type { Finding } from "../../src/core/findings.ts";
import { doctorText, fixText } from "../../src/report/doctor.ts";
import { golden } from "./golden.ts";

type Inspected = Extract<Happening, { readonly type: "host.inspected" }>;

const reboot: Finding = {
  ...{ finding: "reboot", bad: true, text: "does not survive a reboot: what a reboot cuts off is not put back" },
  mend: "ship doctor -c api --fix",
};
const held: Finding = { finding: "in-hand", bad: false, text: "r1 has it in hand (switched)", mend: "wait for it" };
const lied: Finding = { finding: "unwritable", bad: true, text: "not writable: \u001b[2J\n##[group]/srv", mend: "" };

function host(name: string, findings: readonly Finding[], took: number | null = 40): Inspected {
  return {
    ...{
      type: "host.inspected",
      component: "api",
      cohort: "all",
      host: name,
      took,
      user: "deploy",
      skew: 3,
      free: 1e9,
    },
    ...{ tools: [], boot: "crontab", rebootSafe: false, route: null, findings },
  };
}

test("findings of many hosts stand once, what hinders first, whatever hosts say", async () => {
  const hosts = [
    host("api-01", [held, reboot], 31),
    host("api-02", [reboot]),
    host("api-03", [reboot, lied], null),
    host("db", []),
  ];
  await golden("doctor", doctorText(hosts, false));
});

test("all well is a line", () => {
  expect(doctorText([host("api-01", [])], false)).toBe("api  1 host, all well; a look takes 40 ms\n");
  expect(doctorText([host("api-01", [], null)], false)).toBe("api  1 host, all well; none reached\n");
  expect(doctorText([], false)).toBe("No hosts.\n");
});

test("what will be written is shown exactly, with the hosts that it is written on", async () => {
  const line = {
    installed: false,
    way: "crontab",
    where: "the crontab of deploy",
    text: "@reboot sh x boot",
    reason: "",
  } as const;
  const unit = {
    ...line,
    way: "unit",
    where: "/etc/systemd/system/ship-api-1.service",
    text: "[Unit]\nAfter=x\n\n[Service]",
  } as const;
  const fixes = [
    { host: "api-01", boot: line },
    { host: "api-02", boot: line },
    { host: "db", boot: unit },
  ];
  await golden("doctor-fix", fixText(fixes));
});
