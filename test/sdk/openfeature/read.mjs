import { createInterface } from "node:readline";
import { FlagdProvider } from "@openfeature/flagd-provider";
import { OpenFeature, ProviderEvents } from "@openfeature/server-sdk";

/**
 * An application with OpenFeature's server SDK, whose flagd provider reads a file by itself: `node read.mjs FILE`. Each line on
 * its stdin is a question, `{"flags":{"lxc":false},"contexts":[{…}]}`, answered by a line with value, variant and reason of every
 * flag in every context; `{"changed":…}` tells that the provider has noticed a change.
 */
const provider = new FlagdProvider({ resolverType: "in-process", offlineFlagSourcePath: process.argv[2] });
const tell = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
OpenFeature.addHandler(ProviderEvents.ConfigurationChanged, (event) => tell({ changed: event?.flagsChanged ?? [] }));
await OpenFeature.setProviderAndWait(provider);
const client = OpenFeature.getClient();

/** By the type of what the application falls back on, as its code would say it. */
function details(flag, fallback, context) {
  if (typeof fallback === "boolean") return client.getBooleanDetails(flag, fallback, context);
  if (typeof fallback === "string") return client.getStringDetails(flag, fallback, context);
  if (typeof fallback === "number") return client.getNumberDetails(flag, fallback, context);
  return client.getObjectDetails(flag, fallback, context);
}

for await (const line of createInterface({ input: process.stdin })) {
  const { flags, contexts } = JSON.parse(line);
  const asked = contexts.flatMap((context) =>
    Object.entries(flags).map(async ([flag, fallback]) => {
      const { value, variant, reason } = await details(flag, fallback, context);
      return { value, variant, reason };
    }),
  );
  tell({ answers: await Promise.all(asked) });
}
await OpenFeature.close();
