/** @file Which weights go into which file of a checkpoint. */

/** A file of weights and the names of those in it. */
export interface Shard {
  readonly file: string;
  readonly names: readonly string[];
}

/**
 * Fill files in the order given; one file is called as transformers calls it, model.safetensors.
 *
 * @param limitBytes what a file holds at most; a larger weight has one to itself
 */
export function shardsOf(sizes: ReadonlyMap<string, number>, limitBytes: number): Shard[] {
  const groups: string[][] = [];
  let filled = Number.POSITIVE_INFINITY;
  for (const [name, bytes] of sizes) {
    if (filled + bytes > limitBytes) {
      groups.push([]);
      filled = 0;
    }
    groups.at(-1)!.push(name);
    filled += bytes;
  }
  const digits = (n: number) => String(n).padStart(5, "0");
  return groups.map((names, index) => ({
    file:
      groups.length === 1
        ? "model.safetensors"
        : `model-${digits(index + 1)}-of-${digits(groups.length)}.safetensors`,
    names,
  }));
}
