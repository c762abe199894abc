/** @file The address of a server and the key to it, as a user gives them. */

import { ConfigError } from "../errors.ts";

/**
 * An address as it may be written into results and messages: without secrets, without a slash at its end.
 *
 * @param where what was given, for the message
 * @param example of such an address
 * @throws ConfigError for an address that is none or holds secrets
 */
export function addressOf(text: string, where: string, example: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw new ConfigError(where, `expected an address such as ${example}, got another text`);
  if (url.username || url.password || url.search)
    throw new ConfigError(
      where,
      "expected an address without user, password or query, got one with them",
      "keep the key in an environment variable",
    );
  return text.replace(/\/+$/, "");
}

/**
 * A key that can be sent: printable characters only, since fetch quotes a header that it refuses.
 *
 * @param where the environment variable or option that holds it; the key itself is in no message
 * @throws ConfigError
 */
export function checkKey(key: string, where: string): string {
  if (!/^[\x21-\x7e]+$/.test(key))
    throw new ConfigError(where, "expected a key without spaces, line breaks or accents, got another");
  return key;
}
