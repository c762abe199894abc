/** @file Lines that a user types, or that come from a pipe. */

import { createInterface } from "node:readline/promises";

/**
 * Lines of standard input to its end; on a terminal with `prompt` before each, editing and history.
 *
 * Ctrl-C on a terminal goes to what is interruptible just now; while there is nothing, it ends the input as Ctrl-D does.
 */
export async function* readLines(prompt: string): AsyncGenerator<string> {
  const { isTTY: isTerminal } = process.stdin;
  const lines = createInterface({
    input: process.stdin,
    prompt,
    ...(isTerminal && { output: process.stderr }),
  });
  let open = true;
  lines.once("close", () => {
    open = false;
  });
  // While lines are edited the terminal sends Ctrl-C as a key and not as a signal.
  lines.on("SIGINT", () => {
    if (!process.emit("SIGINT", "SIGINT")) lines.close();
  });
  try {
    if (isTerminal) lines.prompt();
    for await (const line of lines) {
      yield line;
      if (isTerminal && open) lines.prompt();
    }
    if (isTerminal) process.stderr.write("\n");
  } finally {
    lines.close();
  }
}
