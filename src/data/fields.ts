/** @file Fields of a JSON object before it is checked. */

export const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Fields that say something: null stands for absent. */
export const presentFields = (fields: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined));

/** An object with its present fields alone; anything else as it is. */
export const withoutNulls = (value: unknown): unknown => (isObject(value) ? presentFields(value) : value);
