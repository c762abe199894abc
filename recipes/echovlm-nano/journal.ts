/** @file The facts of pictures that were made, a line each: what an interrupted run leaves to the next. */

import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { Facts } from "../../src/data/facts.ts";

const Line = z.object({ file: z.string(), facts: Facts });

export interface Journal {
  /** Facts by the picture's path below the output folder. */
  readonly facts: Map<string, Facts>;
  add(file: string, facts: Facts): void;
}

/** Open the journal of an output folder. Lines that were cut off, and pictures that are gone, count as not made. */
export function openJournal(out: string): Journal {
  const path = join(out, "pictures.jsonl");
  mkdirSync(out, { recursive: true });
  const facts = new Map<string, Facts>();
  if (existsSync(path))
    for (const text of readFileSync(path, "utf8").split("\n")) {
      const line = Line.safeParse(parsed(text));
      if (line.success && existsSync(join(out, line.data.file))) facts.set(line.data.file, line.data.facts);
    }
  return {
    facts,
    add(file, known) {
      facts.set(file, known);
      appendFileSync(path, `\n${JSON.stringify({ file, facts: known })}`);
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
