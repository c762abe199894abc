/** @file How the scripts beside the command (recipes, benchmarks) end: with the exit codes of `echovlm`. */

import type { Command } from "commander";
import { InputError } from "../errors.ts";
import { reportError } from "./report_error.ts";

/** Do what the arguments ask for. Of wrong input only the message is shown; a defect is shown with its stack. */
export async function runScript(program: Command): Promise<void> {
  try {
    await program.parseAsync();
  } catch (error) {
    process.exitCode = reportError(error, !(error instanceof InputError));
  }
}
