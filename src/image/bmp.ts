/**
 * @file Windows bitmaps. sharp reads none, and the packages at hand misread 4-bit and run-length rows.
 *
 * @see https://learn.microsoft.com/windows/win32/gdi/bitmap-storage
 */

import { RequestError } from "../errors.ts";
import type { RgbImage } from "../processor/rgb_image.ts";

/** Layout of an uncompressed bitmap. */
interface BmpHeader {
  readonly width: number;
  readonly height: number;
  readonly topDown: boolean;
  readonly bits: number;
  /** Bytes from the start of the file to the first stored row. */
  readonly pixelOffset: number;
  /** Red, green, blue of each colour, one after the other; empty for direct colour. */
  readonly palette: Uint8Array;
  /** Bits of red, green and blue in a 16 or 32-bit pixel. */
  readonly masks: readonly [number, number, number];
}

const fileHeaderBytes = 14;
const coreHeaderBytes = 12;
const infoHeaderBytes = 40;
const uncompressed = 0;
const bitFields = 3;

/**
 * Decode a bitmap of 1, 4 or 8 bits with a palette, or of 16, 24 or 32 bits. Alpha is dropped.
 *
 * @param name how errors call the picture
 * @param maxPixels largest width times height that is decoded
 * @throws RequestError when the file is truncated, compressed, or contradicts itself
 */
export function decodeBmp(bytes: Uint8Array, name: string, maxPixels: number): RgbImage {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = readHeader(view, name);
  const { width, height, topDown, bits, pixelOffset } = header;
  if (width * height > maxPixels)
    throw new RequestError(name, `expected at most ${maxPixels} pixels, got ${width} x ${height}`);

  const rowBytes = Math.ceil((width * bits) / 32) * 4;
  needBytes(view, pixelOffset + rowBytes * height, name);
  const data = new Uint8Array(width * height * 3);
  const copyPixel = pixelCopier(view, header, data, name);
  for (let y = 0; y < height; y++) {
    const row = pixelOffset + (topDown ? y : height - 1 - y) * rowBytes;
    for (let x = 0; x < width; x++) copyPixel(row, x, (y * width + x) * 3);
  }
  return { width, height, data };
}

/** Width and height of a bitmap from its header. @throws RequestError as `decodeBmp` for what the header tells */
export function bmpSize(bytes: Uint8Array, name: string): { width: number; height: number } {
  const { width, height } = readHeader(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), name);
  return { width, height };
}

function needBytes(view: DataView, end: number, name: string): void {
  if (view.byteLength < end)
    throw new RequestError(
      name,
      `expected at least ${end} bytes of BMP, got ${view.byteLength}`,
      "the file is truncated",
    );
}

function readHeader(view: DataView, name: string): BmpHeader {
  needBytes(view, fileHeaderBytes + coreHeaderBytes, name);
  const headerBytes = view.getUint32(fileHeaderBytes, true);
  const isCore = headerBytes === coreHeaderBytes;
  if (!isCore && headerBytes < infoHeaderBytes)
    throw new RequestError(name, `expected a BMP header of 12 or at least 40 bytes, got ${headerBytes}`);
  needBytes(view, fileHeaderBytes + headerBytes, name);

  const width = isCore ? view.getUint16(18, true) : view.getInt32(18, true);
  const signedHeight = isCore ? view.getUint16(20, true) : view.getInt32(22, true);
  const bits = view.getUint16(isCore ? 24 : 28, true);
  const compression = isCore ? uncompressed : view.getUint32(30, true);
  const problems: string[] = [];
  if (width <= 0 || signedHeight === 0)
    problems.push(`expected a positive width and a height, got ${width} x ${signedHeight}`);
  if (![1, 4, 8, 16, 24, 32].includes(bits))
    problems.push(`expected 1, 4, 8, 16, 24 or 32 bits a pixel, got ${bits}`);
  const hasMasks = compression === bitFields && (bits === 16 || bits === 32);
  if (compression !== uncompressed && !hasMasks)
    problems.push(`expected an uncompressed BMP, got compression ${compression} at ${bits} bits a pixel`);
  if (problems.length > 0) throw new RequestError(name, problems, "save the picture as PNG");

  const headerEnd = fileHeaderBytes + headerBytes;
  const pixelOffset = view.getUint32(10, true);
  if (pixelOffset < headerEnd)
    throw new RequestError(name, `expected BMP pixels after byte ${headerEnd}, got them at ${pixelOffset}`);
  return {
    width,
    height: Math.abs(signedHeight),
    topDown: signedHeight < 0,
    bits,
    pixelOffset,
    palette: bits <= 8 ? readPalette(view, { headerEnd, pixelOffset, bits, isCore }, name) : new Uint8Array(),
    masks: hasMasks ? readMasks(view, name) : defaultMasks(bits),
  };
}

const defaultMasks = (bits: number): BmpHeader["masks"] =>
  bits === 16 ? [0x7c00, 0x03e0, 0x001f] : [0xff0000, 0x00ff00, 0x0000ff];

/** Masks lie behind the 40-byte header, whether they belong to a longer one or follow it. */
function readMasks(view: DataView, name: string): BmpHeader["masks"] {
  const at = fileHeaderBytes + infoHeaderBytes;
  needBytes(view, at + 12, name);
  const masks = [
    view.getUint32(at, true),
    view.getUint32(at + 4, true),
    view.getUint32(at + 8, true),
  ] as const;
  // One run of ones: adding its lowest bit carries out of it and shares no bit with it.
  const isRun = (mask: number) => mask !== 0 && ((BigInt(mask) + lowestBit(mask)) & BigInt(mask)) === 0n;
  if (!masks.every(isRun))
    throw new RequestError(
      name,
      `expected each BMP colour mask to be one run of bits, got ${masks.map((mask) => `0x${mask.toString(16)}`).join(", ")}`,
    );
  return masks;
}

const lowestBit = (mask: number): bigint => BigInt(mask) & -BigInt(mask);

/** As many colours as the header declares, at most what the depth can tell apart and the space before the pixels holds. */
function readPalette(
  view: DataView,
  at: { headerEnd: number; pixelOffset: number; bits: number; isCore: boolean },
  name: string,
): Uint8Array {
  const entryBytes = at.isCore ? 3 : 4;
  const declared = at.isCore ? 0 : view.getUint32(46, true);
  const room = Math.floor((at.pixelOffset - at.headerEnd) / entryBytes);
  const colours = Math.min(declared || 2 ** at.bits, 2 ** at.bits, room);
  needBytes(view, at.headerEnd + colours * entryBytes, name);
  const palette = new Uint8Array(colours * 3);
  for (let colour = 0; colour < colours; colour++)
    for (let channel = 0; channel < 3; channel++)
      palette[colour * 3 + channel] = view.getUint8(at.headerEnd + colour * entryBytes + 2 - channel);
  return palette;
}

/** A function that writes the pixel `x` of the stored row at byte `row` to `data[to ...]`. */
function pixelCopier(
  view: DataView,
  { bits, palette, masks }: BmpHeader,
  data: Uint8Array,
  name: string,
): (row: number, x: number, to: number) => void {
  if (bits <= 8)
    return (row, x, to) => {
      const bit = x * bits;
      const index = (view.getUint8(row + (bit >> 3)) >> (8 - bits - (bit & 7))) & (2 ** bits - 1);
      if (index * 3 >= palette.length)
        throw new RequestError(name, `expected at most ${palette.length / 3} colours, got colour ${index}`);
      data[to] = palette[index * 3]!;
      data[to + 1] = palette[index * 3 + 1]!;
      data[to + 2] = palette[index * 3 + 2]!;
    };
  if (bits === 24)
    return (row, x, to) => {
      data[to] = view.getUint8(row + x * 3 + 2);
      data[to + 1] = view.getUint8(row + x * 3 + 1);
      data[to + 2] = view.getUint8(row + x * 3);
    };
  const channels = masks.map((mask) => {
    const lowest = Number(lowestBit(mask));
    return { mask, lowest, largest: mask / lowest };
  });
  return (row, x, to) => {
    const pixel = bits === 16 ? view.getUint16(row + x * 2, true) : view.getUint32(row + x * 4, true);
    channels.forEach(({ mask, lowest, largest }, channel) => {
      data[to + channel] = Math.floor(((((pixel & mask) >>> 0) / lowest) * 255) / largest);
    });
  };
}
