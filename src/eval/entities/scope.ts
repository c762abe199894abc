/** @file What is denied and doubted along a clause, as its cues follow one another. */

import { type Cue, remarkStates, saysSomethingNew } from "./cues.ts";

/** What holds at a place of a clause. */
export interface Scope {
  readonly isDenied: boolean;
  /** What is denied is in, or of, what is named here. */
  readonly isAside: boolean;
  readonly isDoubted: boolean;
  /** The item before in a list is denied, and this one has no denial of its own yet. */
  readonly isAfterDenied: boolean;
  /** Items have denials of their own: "no stones, no cysts, fatty liver". */
  readonly isRepeated: boolean;
  /** What holds after the brackets that this place is in. */
  readonly outer?: Scope;
}

/** What holds where a clause begins. */
export const clauseStart: Scope = {
  isDenied: false,
  isAside: false,
  isDoubted: false,
  isAfterDenied: false,
  isRepeated: false,
};

/** @param rest the clause after the mark or word that ends an item */
function nextItem(scope: Scope, mark: string, rest: string): Scope {
  const isOwn = scope.isRepeated && mark === "," && !/\b(?:or|nor)\b/.test(rest);
  const isDenied = scope.isDenied && !isOwn && !saysSomethingNew(rest);
  return { ...scope, isDenied, isAside: false, isDoubted: false, isAfterDenied: scope.isDenied };
}

/**
 * What holds after a cue.
 *
 * @param scope what holds before it
 * @param mark the cue's text
 * @param rest the clause after it
 */
export function scopeAfter(scope: Scope, { effect }: Cue, mark: string, rest: string): Scope {
  switch (effect) {
    case "none":
      return scope;
    case "uncertain":
      return { ...scope, isDoubted: true };
    case "deny": {
      const isRepeated = scope.isRepeated || scope.isAfterDenied;
      return { ...scope, isDenied: true, isAside: false, isAfterDenied: false, isRepeated };
    }
    case "stop":
      return { ...clauseStart, ...(scope.outer && { outer: scope.outer }) };
    case "aside":
      return { ...scope, isAside: true };
    case "resume":
      return { ...scope, isAside: false };
    case "list":
      return nextItem(scope, mark, rest);
    case "open":
      return { ...(remarkStates(rest) ? clauseStart : scope), outer: scope };
    case "close":
      return scope.outer ?? scope;
  }
}
