/** @file Writes bitmaps of every layout for the tests of the reader. */

/** A bitmap to write; `rows` is what is stored, from the top, without padding. */
export interface BmpSketch {
  readonly width: number;
  readonly height: number;
  readonly bits: 1 | 4 | 8 | 16 | 24 | 32;
  /** Bytes of each row one after the other: packed indices, or blue, green, red. */
  readonly rows: Uint8Array;
  /** Red, green, blue of each colour. */
  readonly palette?: readonly number[];
  readonly masks?: readonly number[];
  readonly topDown?: boolean;
  /** The 12-byte header of OS/2 and not the 40-byte one. */
  readonly core?: boolean;
}

export function bmpOf({
  width,
  height,
  bits,
  rows,
  palette = [],
  masks = [],
  topDown,
  core,
}: BmpSketch): Uint8Array {
  const headerBytes = core ? 12 : 40;
  const entryBytes = core ? 3 : 4;
  const colours = palette.length / 3;
  const offset = 14 + headerBytes + masks.length * 4 + colours * entryBytes;
  const packed = rows.length / height;
  const stride = Math.ceil(packed / 4) * 4;
  const file = Buffer.alloc(offset + stride * height);
  file.write("BM");
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(offset, 10);
  file.writeUInt32LE(headerBytes, 14);
  if (core) {
    file.writeUInt16LE(width, 18);
    file.writeUInt16LE(height, 20);
    file.writeUInt16LE(1, 22);
    file.writeUInt16LE(bits, 24);
  } else {
    file.writeInt32LE(width, 18);
    file.writeInt32LE(topDown ? -height : height, 22);
    file.writeUInt16LE(1, 26);
    file.writeUInt16LE(bits, 28);
    file.writeUInt32LE(masks.length > 0 ? 3 : 0, 30);
    file.writeUInt32LE(colours, 46);
  }
  masks.forEach((mask, index) => {
    file.writeUInt32LE(mask, 14 + headerBytes + index * 4);
  });
  for (let colour = 0; colour < colours; colour++)
    for (let channel = 0; channel < 3; channel++)
      file[14 + headerBytes + colour * entryBytes + 2 - channel] = palette[colour * 3 + channel]!;
  for (let y = 0; y < height; y++)
    file.set(rows.subarray(y * packed, (y + 1) * packed), offset + (topDown ? y : height - 1 - y) * stride);
  return file;
}
