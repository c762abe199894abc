/** @file How the scripts beside the command (recipes, benchmarks) end: with the exit codes of `echovlm`. */

import type { Command } from "commander";
import { InputError } from "../errors.ts";
import { Interruption } from "./interrupt.ts";

/** Do what the arguments ask for. Of wrong input only the message is shown; a defect is shown with its stack. */
export async function runScript(program: Command): Promise<void> {
  try {
    await program.parseAsync();
  } catch (error) {
    if (error instanceof Interruption) process.exitCode = error.exitCode;
    else {
      console.error(error instanceof InputError ? `error: ${error.message}` : error);
      process.exitCode = error instanceof InputError ? 2 : 1;
    }
  }
}
