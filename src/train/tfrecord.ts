/** @file TFRecord framing: each record behind its length, both with a checksum. @see https://www.tensorflow.org/tutorials/load_data/tfrecord */

import { crc32c } from "@node-rs/crc32";

/** The format's checksum: a CRC-32C, rotated and offset, since the CRC of data that holds its own CRC says little. */
export function maskedCrc(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282_ead8) >>> 0;
}

/** A record as it stands in a file: length, its checksum, the bytes, their checksum; all little-endian. */
export function frameRecord(bytes: Uint8Array): Uint8Array {
  const record = new Uint8Array(8 + 4 + bytes.length + 4);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(bytes.length), true);
  view.setUint32(8, maskedCrc(record.subarray(0, 8)), true);
  record.set(bytes, 12);
  view.setUint32(12 + bytes.length, maskedCrc(bytes), true);
  return record;
}
