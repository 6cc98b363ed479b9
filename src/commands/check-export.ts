import { exits, ShipError } from "../core/error.ts";
import { hostsOf } from "../core/fleet.ts";
import { alertsOf } from "../metrics/alert.ts";
import { rulesText } from "../report/rules.ts";
import { openConfig, type Session } from "./session.ts";
import { refuseSeveral } from "./several.ts";

/** Prints the assertions as a file of alert rules. Asks no host and no server. */
export async function exportRules(session: Session, format: string): Promise<number> {
  if (format !== "prometheus")
    throw new ShipError("usage", `--export takes prometheus, not ${JSON.stringify(format)}.`);
  if (session.view === "json")
    throw new ShipError("usage", "--export prints YAML, and --json has only events.", { hint: "Leave out --json." });
  const { config, component } = await openConfig(session, "all");
  refuseSeveral(component);
  const hosts = hostsOf(config.fleet, component.hosts).at(-1)?.hosts ?? [];
  const alerts = alertsOf(component, { hosts, instance: config.prometheus?.instance });
  session.output.write(rulesText({ component: component.name, ...alerts }));
  return exits.done;
}
