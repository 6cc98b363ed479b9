import chalk from "chalk";
import { Command, CommanderError, Option } from "commander";
import { exits } from "../core/error.ts";
import { commands, type Invocation } from "./index.ts";

/** Reads the arguments and runs the command that they name; gives its exit code. What is wrong with them is said on stderr. */
export async function runLine(argv: readonly string[]): Promise<number> {
  let exit: number = exits.done;
  if (await unknownCommand(argv)) return exits.usage;
  try {
    await build((code) => {
      exit = code;
    }).parseAsync(["node", "ship", ...argv]);
    return exit;
  } catch (error) {
    if (error instanceof CommanderError) return wrongly(argv, error.exitCode);
    throw error;
  }
}

/** A word that is no command would be taken for an argument of deploy, and the complaint would be about that. */
async function unknownCommand(argv: readonly string[]): Promise<boolean> {
  const [word] = argv;
  if (word === undefined || word.startsWith("-") || word === "help" || Object.hasOwn(commands, word)) return false;
  const { nearest } = await import("../config/nearest.ts");
  const near = nearest(word, Object.keys(commands));
  process.stderr.write(
    `There is no command ${JSON.stringify(word)}.${near === undefined ? "" : ` Did you mean ${near}?`}\n`,
  );
  process.stderr.write("ship --help lists the commands.\n");
  return true;
}

function build(ended: (exit: number) => void): Command {
  const program = new Command("ship")
    .description("Rolls one change through a fleet of plain servers, cohort by cohort, on proof of health.")
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(chalk.red(text)) });
  for (const [name, command] of Object.entries(commands)) {
    const line = command.arguments === undefined ? name : `${name} ${command.arguments}`;
    const sub = program
      .command(line, { isDefault: name === "deploy", hidden: command.hidden === true })
      .description(command.summary);
    for (const option of command.options ?? []) sub.addOption(optionOf(option));
    for (const option of everywhere) sub.addOption(optionOf(option));
    sub.showSuggestionAfterError().exitOverride();
    sub.action(async () => ended(await invoke(name, sub)));
  }
  return program;
}

const everywhere: readonly Spec[] = [
  { flags: "--config <file>", text: "the config; else ship.config.yaml, looked for upwards from here" },
  { flags: "--json", text: "one event a line on stdout, and nothing else there" },
  { flags: "--output <view>", text: "how it is shown", choices: ["tty", "plain", "github"] },
  { flags: "--no-color", text: "no colours" },
  { flags: "-v, --verbose", text: "tell everything that happens" },
];

type Spec = {
  readonly flags: string;
  readonly text: string;
  readonly repeated?: boolean;
  readonly choices?: readonly string[];
};

function optionOf({ flags, text, repeated, choices }: Spec): Option {
  const option = new Option(flags, text);
  if (choices !== undefined) option.choices(choices);
  return repeated === true
    ? option.argParser((value, before: string[] | undefined) => [...(before ?? []), value])
    : option;
}

async function invoke(name: string, sub: Command): Promise<number> {
  const invocation: Invocation = { command: name, arguments: sub.args, options: sub.opts() };
  const command = commands[name];
  if (command === undefined) return exits.usage;
  const { run } = await command.load();
  return run(invocation);
}

/** commander has said what is wrong, on stderr; a program that reads events gets its last one all the same. */
function wrongly(argv: readonly string[], code: number): number {
  const exit = code === 0 ? exits.done : exits.usage;
  if (exit !== exits.done && argv.includes("--json"))
    process.stdout.write(`${JSON.stringify({ type: "command.ended", command: argv[0] ?? "", exit })}\n`);
  return exit;
}
