/** @file Which kind of picture a file holds, told by its first bytes and never by its name. */

/** Kinds that can be decoded. */
export type ImageFormat = "png" | "jpeg" | "webp" | "bmp" | "tiff" | "gif";

/** The kinds as written in messages to users. */
export const formatNames = "PNG, JPEG, WebP, BMP, TIFF or GIF";

/** Signatures; a null stands for any byte. */
const signatures: Readonly<Record<ImageFormat, readonly (readonly (number | null)[])[]>> = {
  png: [[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  jpeg: [[0xff, 0xd8, 0xff]],
  webp: [[0x52, 0x49, 0x46, 0x46, null, null, null, null, 0x57, 0x45, 0x42, 0x50]],
  bmp: [[0x42, 0x4d]],
  tiff: [
    [0x49, 0x49, 0x2a, 0x00],
    [0x4d, 0x4d, 0x00, 0x2a],
    [0x49, 0x49, 0x2b, 0x00],
    [0x4d, 0x4d, 0x00, 0x2b],
  ],
  gif: [[0x47, 0x49, 0x46, 0x38]],
};

/** The kind of picture these bytes begin, or null when they begin none. */
export function formatOf(bytes: Uint8Array): ImageFormat | null {
  const begins = (signature: readonly (number | null)[]) =>
    signature.every((value, index) => value === null || bytes[index] === value);
  const formats = Object.keys(signatures) as ImageFormat[];
  return formats.find((format) => signatures[format].some(begins)) ?? null;
}

/** How a file that is no picture begins, for an error: its text, or its bytes in hexadecimal. */
export function describeStart(bytes: Uint8Array): string {
  const start = bytes.subarray(0, 16);
  const readable = start.every((byte) => (byte >= 0x20 && byte <= 0x7e) || byte === 0x0a || byte === 0x0d);
  if (readable) return `text that starts with ${JSON.stringify(String.fromCharCode(...start))}`;
  return `bytes that start with ${Array.from(start.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join(" ")}`;
}
