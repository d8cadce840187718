/** The options of a command line, as they were given: known names, values where one is needed, nothing twice. */
import { TeleportError } from "../model/mod.ts";
import { describeOption, isOptionName, optionDescriptions, type OptionName } from "./options.ts";
import { closestTo } from "./suggestion.ts";
import { isVerbName } from "./verbs.ts";

/** What may be given, and how to ask for more: `teleport --help`. */
export interface Grammar {
  options: readonly OptionName[];
  help: string;
}

type ChoiceOption = {
  [Name in OptionName]: typeof optionDescriptions[Name] extends { choices: readonly string[] }
    ? Name
    : never;
}[OptionName];

type ChoiceOf<Name extends ChoiceOption> = typeof optionDescriptions[Name]["choices"][number];

export class GivenOptions {
  readonly #values = new Map<OptionName, string[]>();
  readonly #grammar: Grammar;

  /** @throws TeleportError `usage` */
  constructor(words: readonly string[], grammar: Grammar) {
    this.#grammar = grammar;
    for (let index = 0; index < words.length; index++) {
      const word = words[index] ?? "";
      const [, written = "", inline] = /^--?([^-=][^=]*)(?:=(.*))?$/s.exec(word) ?? [];
      if (written === "") throw this.#notAnOption(word);
      const name = this.#find(written);
      const { value: takes, repeats = false } = describeOption(name);
      if (this.has(name) && !repeats) throw usage(`--${name} is given twice`, "Give it once.");
      if (takes === undefined) {
        if (inline !== undefined) throw usage(`--${name} takes no value`, `Write --${name} alone.`);
        this.#add(name, "");
        continue;
      }
      const value = inline ?? words[++index];
      if (value === undefined || value === "" || (inline === undefined && value.startsWith("-"))) {
        throw usage(`--${name} needs a value`, `Write --${name} ${takes} or --${name}=${takes}.`);
      }
      this.#add(name, value);
    }
  }

  has(name: OptionName): boolean {
    return this.#values.has(name);
  }

  /** The value of an option that is given once. */
  get(name: OptionName): string | undefined {
    return this.#values.get(name)?.[0];
  }

  all(name: OptionName): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  /** @throws TeleportError `usage` where there is neither a value nor a default. */
  choose<Name extends ChoiceOption>(name: Name): ChoiceOf<Name> {
    const description = describeOption(name);
    const value = this.get(name) ?? description.default ?? "";
    const choices: readonly ChoiceOf<Name>[] = optionDescriptions[name].choices;
    const choice = choices.find((candidate) => candidate === value);
    if (choice !== undefined) return choice;
    const near = closestTo(value, choices);
    throw usage(
      `--${name} is ${JSON.stringify(value)}, expected one of ${choices.join(", ")}`,
      near === undefined ? `${this.#grammar.help} says what each means.` : `Did you mean ${near}?`,
    );
  }

  #add(name: OptionName, value: string): void {
    this.#values.set(name, [...this.all(name), value]);
  }

  #find(written: string): OptionName {
    const { options, help } = this.#grammar;
    const name = options.find((option) =>
      option === written || describeOption(option).short === written
    );
    if (name !== undefined) return name;
    const near = closestTo(written, options);
    throw usage(
      `There is no option --${written}`,
      near === undefined ? `${help} lists the options.` : `Did you mean --${near}?`,
    );
  }

  #notAnOption(word: string): TeleportError {
    const message = `Expected an option such as --config FILE, not ${JSON.stringify(word)}`;
    if (isVerbName(word)) return usage(message, `Write the verb first: teleport ${word} …`);
    const isOption = isOptionName(word) && this.#grammar.options.includes(word);
    return usage(
      message,
      isOption ? `Did you mean --${word}?` : `${this.#grammar.help} lists the options.`,
    );
  }
}

export function usage(message: string, hint: string): TeleportError {
  return new TeleportError("usage", message, { hint });
}
