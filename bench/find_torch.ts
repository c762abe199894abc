/** @file The Python that has PyTorch, if there is one. */

import { spawnSync } from "node:child_process";

/**
 * The version of PyTorch that a Python can import, or a sentence that says it has none.
 *
 * @param python the interpreter: a path, or a name to be found as the shell finds it
 */
export function findTorch(python: string): { readonly version: string } | { readonly missing: string } {
  const { status, stdout } = spawnSync(python, ["-c", "import torch; print(torch.__version__)"], {
    encoding: "utf8",
  });
  if (status === 0) return { version: stdout.trim() };
  return {
    missing: `PyTorch not found (${python}): the comparison is skipped; --torch <python> names one`,
  };
}
