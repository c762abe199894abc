/** @file What made the numbers, as rows of a table. */

/** Every value with the path that leads to it: `models.0.hash`. Texts stand as they are, the rest as JSON. */
export function provenanceRows(value: unknown, path = ""): [path: string, text: string][] {
  if (typeof value === "string") return [[path, value]];
  if (typeof value !== "object" || value === null) return [[path, JSON.stringify(value) ?? "nothing"]];
  const fields = Object.entries(value);
  if (!Array.isArray(value)) fields.sort(([a], [b]) => (a < b ? -1 : 1));
  if (fields.length === 0 && path !== "") return [[path, JSON.stringify(value)]];
  return fields.flatMap(([name, field]) => provenanceRows(field, path === "" ? name : `${path}.${name}`));
}
