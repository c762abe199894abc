/**
 * @file Typed fields of a JSON object, read so that every problem is collected instead of stopping at the first.
 *
 * A number that is wrong is reported once and read as NaN. Relations between fields are then written as
 * "problem if a > b", which NaN never satisfies: one mistake gives one message, not a cascade.
 */

export type JsonObject = Readonly<Record<string, unknown>>;

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A JSON value as an error message shows it: cut short in every direction, "nothing" where there is none. */
export function shown(value: unknown, depth = 0): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) {
    const items = depth > 2 ? [] : value.slice(0, 8).map((item) => shown(item, depth + 1));
    return `[${items.length < value.length ? [...items, "..."] : items}]`;
  }
  if (isJsonObject(value)) {
    const names = Object.keys(value);
    const items =
      depth > 2 ? [] : names.slice(0, 4).map((name) => `${shown(name)}: ${shown(value[name], depth + 1)}`);
    return `{${(items.length < names.length ? [...items, "..."] : items).join(", ")}}`;
  }
  const text = typeof value === "string" && value.length > 60 ? `${value.slice(0, 57)}...` : value;
  return JSON.stringify(text);
}

/** Inclusive range of a number. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** One JSON object and the name it has in messages. `absent` is the value of a field that is not there. */
export interface JsonFields {
  /** The field as it stands. */
  raw(name: string): unknown;
  integer(name: string, absent: number, range: Range): number;
  real(name: string, absent: number, range: Range): number;
  flag(name: string, absent: boolean): boolean;
  /** Exactly `count` integers (any number of them if null); required if `absent` is null. */
  integers(
    name: string,
    absent: readonly number[] | null,
    count: number | null,
    range: Range,
  ): readonly number[];
  /** One of a few strings; required if `absent` is null. */
  word(name: string, absent: string | null, allowed: readonly string[]): void;
  /** An object inside. Absent or null reads as one without fields, or is a problem if `required` describes it. */
  object(name: string, required?: string): JsonFields;
  /** Report a problem with a field. */
  problem(name: string, expected: string): void;
}

/**
 * @param json the object; null when it was reported already, so that nothing inside is reported again
 * @param path what its field names follow in messages, "" or "vision_config."
 * @param problems where problems go, one sentence each
 */
export function jsonFields(json: JsonObject | null, path: string, problems: string[]): JsonFields {
  const raw = (name: string) => (json !== null && Object.hasOwn(json, name) ? json[name] : undefined);
  const problem = (name: string, expected: string) => {
    problems.push(`${path}${name}: expected ${expected}, found ${shown(raw(name))}`);
  };

  function number(
    name: string,
    absent: number,
    range: Range,
    kind: string,
    fits: (value: number) => boolean,
  ) {
    const value = raw(name) === undefined ? absent : raw(name);
    if (json === null) return Number.NaN;
    if (typeof value === "number" && fits(value) && value >= range.min && value <= range.max) return value;
    problem(name, `${kind} from ${range.min} to ${range.max}`);
    return Number.NaN;
  }

  return {
    raw,
    problem,
    integer: (name, absent, range) => number(name, absent, range, "an integer", Number.isInteger),
    real: (name, absent, range) => number(name, absent, range, "a number", Number.isFinite),
    flag(name, absent) {
      const value = raw(name) ?? absent;
      if (typeof value === "boolean") return value;
      problem(name, "true or false");
      return absent;
    },
    integers(name, absent, count, range) {
      const value = raw(name) ?? absent;
      const fits = (item: unknown): item is number =>
        Number.isInteger(item) && Number(item) >= range.min && Number(item) <= range.max;
      if (Array.isArray(value) && value.every(fits) && (count === null || value.length === count))
        return value;
      if (json !== null) problem(name, `${count ?? "a list of"} integers from ${range.min} to ${range.max}`);
      return [];
    },
    word(name, absent, allowed) {
      const value = raw(name) ?? absent;
      if (json !== null && !allowed.some((word) => word === value))
        problem(name, allowed.map((word) => `"${word}"`).join(" or "));
    },
    object(name, required) {
      const value = raw(name) ?? (required === undefined ? {} : null);
      if (json !== null && !isJsonObject(value)) problem(name, required ?? "an object");
      return jsonFields(json !== null && isJsonObject(value) ? value : null, `${path}${name}.`, problems);
    },
  };
}
