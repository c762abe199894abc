/**
 * @file The four ways an input can be wrong. Each error is one paragraph a user can act on:
 * where it happened, what was expected, what was found, and a hint where one helps.
 */

/** How many problems a message spells out before it says how many more there are. */
const spelledOut = 24;

/** Base of every error caused by an input rather than by a defect; the command line exits with 2 on it. */
export abstract class InputError extends Error {
  /** Every problem found, one sentence each; the message joins them, or the first of very many. */
  readonly problems: readonly string[];

  /**
   * @param where the file, field or argument at fault
   * @param problems one sentence or several: what was expected and what was found
   * @param hint what to do about it
   * @param summary what the message says instead of the problems, where they fall into groups
   */
  constructor(where: string, problems: string | readonly string[], hint?: string, summary?: string) {
    const all = typeof problems === "string" ? [problems] : problems;
    const more = all.length > spelledOut ? `; and ${all.length - spelledOut} more problems` : "";
    const what = summary ?? all.slice(0, spelledOut).join("; ") + more;
    super(`${where}: ${what}${hint === undefined ? "" : ` (${hint})`}`);
    this.problems = all;
  }
}

/** Sizes that cannot work together; `where` is the operator or layer that was being built. */
export class ShapeError extends InputError {
  override name = "ShapeError";
}

/** A configuration (config.json, recipe, option) with a missing, unknown or impossible value. */
export class ConfigError extends InputError {
  override name = "ConfigError";
}

/** A checkpoint whose files are missing, damaged, or do not fit its configuration. */
export class CheckpointError extends InputError {
  override name = "CheckpointError";
}

/** A request (message, image, generation setting) that cannot be served as given. */
export class RequestError extends InputError {
  override name = "RequestError";
}
