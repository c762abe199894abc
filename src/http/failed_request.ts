/** @file What a failed request tells: why, and when to come back. */

/** Seconds or a date, as milliseconds from now. @see RFC 9110, section 10.2.3 */
export function waitAskedFor({ headers }: Response): number | undefined {
  const header = headers.get("retry-after");
  if (header === null) return undefined;
  const waitMs = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isNaN(waitMs) ? undefined : Math.max(0, waitMs);
}

/** Worth asking again: the server was too slow or too busy, or it broke. */
export const isPassing = (status: number): boolean => status === 408 || status === 429 || status >= 500;

/** Why there was no connection: fetch tells in the cause. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, message } = (error.cause ?? error) as NodeJS.ErrnoException;
  return code ?? message;
}
