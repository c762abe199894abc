/** @file Short names for sets of modules, as PEFT's configuration has them: `q_proj` for every query projection. */

/** Every module of a model, by path: what stands before a dot in a weight's name. */
export function modulePaths(weights: Iterable<string>): Set<string> {
  const paths = new Set<string>();
  for (const name of weights)
    for (let dot = name.indexOf("."); dot >= 0; dot = name.indexOf(".", dot + 1))
      paths.add(name.slice(0, dot));
  return paths;
}

/**
 * The largest modules whose weights are all chosen.
 *
 * @returns their paths, and the chosen weights that no such module holds
 */
export function wholeModules(
  chosen: ReadonlySet<string>,
  weights: Iterable<string>,
): { modules: Set<string>; rest: string[] } {
  const whole = modulePaths(chosen);
  for (const name of weights)
    if (!chosen.has(name)) for (const path of modulePaths([name])) whole.delete(path);
  const modules = new Set(
    [...whole].filter((path) => ![...modulePaths([path])].some((over) => whole.has(over))),
  );
  const rest = [...chosen].filter((name) => ![...modulePaths([name])].some((path) => modules.has(path)));
  return { modules, rest };
}

/**
 * Ends of paths that name exactly the members among all modules, as short as can be.
 *
 * @param also modules that a name may fit besides
 */
export function shortNames(
  members: ReadonlySet<string>,
  all: ReadonlySet<string>,
  also: (path: string) => boolean = () => false,
): string[] {
  const names = new Set<string>();
  for (const path of members) {
    const parts = path.split(".");
    const ends = parts.map((_, i) => parts.slice(parts.length - 1 - i).join("."));
    // PEFT compares a module to be saved by its last letters, whatever stands before them.
    const isExact = (end: string) =>
      [...all].every((other) => !other.endsWith(end) || members.has(other) || also(other));
    names.add(ends.find((end) => names.has(end) || isExact(end)) ?? path);
  }
  return [...names].sort();
}
