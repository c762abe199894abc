/** @file Which files of a repository make a checkpoint or an adapter, and which names are refused. */

import { CheckpointError } from "../../errors.ts";

/** Without one of these no command opens a folder. */
const entryFiles = ["config.json", "adapter_config.json"];

export const isEntry = (name: string): boolean => entryFiles.includes(name);

const wantedNames: ReadonlySet<string> = new Set([
  ...entryFiles,
  "generation_config.json",
  "preprocessor_config.json",
  "processor_config.json",
  "video_preprocessor_config.json",
  "tokenizer.json",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "added_tokens.json",
  "vocab.json",
  "merges.txt",
  "chat_template.json",
  "chat_template.jinja",
  "lookup_texts.json",
  "README.md",
]);
const wantedPatterns = [/\.safetensors(\.index\.json)?$/, /^(LICEN[CS]E|NOTICE)(\.(txt|md))?$/];

const isWanted = (name: string): boolean =>
  wantedNames.has(name) || wantedPatterns.some((pattern) => pattern.test(name));

/** Names that mean a device in Windows, whatever follows a dot. */
const devices = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;
/** Names are at most 255 bytes long in most systems; ".part" and the like come behind. */
const longestNameBytes = 200;

/** Whether a name stays in its folder and means a file there, in every system. */
export const isPlainName = (name: string): boolean =>
  !/[\p{Cc}/\\<>:"|?*]/u.test(name) &&
  !/^\.{0,2}$|[. ]$/.test(name) &&
  !devices.test(name) &&
  Buffer.byteLength(name) <= longestNameBytes;

/**
 * Those at the top of a repository that a checkpoint or an adapter is made of; pickled weights are not.
 *
 * @param where the repository, for messages
 * @throws CheckpointError for names that are no plain ones, or a repository that lacks what is needed
 */
export function wantedFiles<F extends { readonly path: string }>(files: readonly F[], where: string): F[] {
  const lastPart = (path: string) => path.split(/[/\\]/).at(-1) ?? "";
  const candidates = files.filter(({ path }) => isWanted(lastPart(path)));
  const wanted = candidates.filter(({ path }) => isPlainName(path));
  const nested = ({ path }: F) => path.split("/").length > 1 && path.split("/").every(isPlainName);
  const refused = candidates.filter((file) => !wanted.includes(file) && !nested(file));
  const lower = wanted.map(({ path }) => path.toLowerCase());
  const doubled = wanted.filter(
    ({ path }) => lower.indexOf(path.toLowerCase()) !== lower.lastIndexOf(path.toLowerCase()),
  );
  if (refused.length + doubled.length > 0)
    throw new CheckpointError(where, [
      ...refused.map(({ path }) => `expected names of files in one folder, found ${JSON.stringify(path)}`),
      ...doubled.map(
        ({ path }) => `expected names that differ in more than case, found ${JSON.stringify(path)}`,
      ),
    ]);

  const names = wanted.map(({ path }) => path);
  const isAdapter = names.includes("adapter_config.json") && names.includes("adapter_model.safetensors");
  const isModel =
    names.includes("config.json") &&
    names.some((name) => name.endsWith(".safetensors") && name !== "adapter_model.safetensors");
  if (!isAdapter && !isModel) throw lacking(where, files);
  return wanted;
}

function lacking(where: string, files: readonly { readonly path: string }[]): CheckpointError {
  const names = files.map(({ path }) => path).sort();
  const found =
    names.length === 0
      ? "nothing"
      : names
          .slice(0, 12)
          .map((name) => JSON.stringify(name))
          .join(", ");
  const more = names.length > 12 ? ` and ${names.length - 12} more` : "";
  const isPickled = names.some((name) => /\.(bin|pt|pth)$/.test(name));
  return new CheckpointError(
    where,
    `expected config.json and *.safetensors, or adapter_config.json and adapter_model.safetensors, found ${found}${more}`,
    isPickled
      ? "pickled weights can run code and are not read; in transformers save_pretrained(folder, safe_serialization=True) converts them"
      : undefined,
  );
}
