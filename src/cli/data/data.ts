/** @file `echovlm data`: records for training and evaluation. */

import { Command } from "commander";
import { convertCommand } from "./convert.ts";
import { previewCommand } from "./preview.ts";
import { splitCommand } from "./split.ts";
import { statsCommand } from "./stats.ts";
import { validateCommand } from "./validate.ts";

export function dataCommand(): Command {
  const command = new Command("data").description("Convert, check, split, count and show training data.");
  for (const part of [convertCommand, validateCommand, splitCommand, statsCommand, previewCommand])
    command.addCommand(part());
  return command;
}
