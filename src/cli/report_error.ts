/** @file What a program that failed says, and the code that it exits with. */

import { InputError } from "../errors.ts";
import { Interruption } from "./interrupt.ts";

/**
 * Say on standard error what went wrong: the message as one line, or the stack.
 *
 * @returns the exit code: 2 for wrong input, 1 for a defect, after a signal the one that shells give
 */
export function reportError(error: unknown, showsStack: boolean): number {
  if (error instanceof Interruption) return error.exitCode; // who sent the signal knows
  const reason = error instanceof Error ? error : new Error(String(error));
  console.error(showsStack ? reason.stack : `error: ${reason.message.replace(/\s*\n\s*/g, " ")}`);
  return reason instanceof InputError ? 2 : 1;
}
