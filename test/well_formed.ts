/** @file A strict reader of markup, for tests: it knows no recovery, so that anything unescaped is an error. */

export interface ReadElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}

const token =
  /<!DOCTYPE html>|<style>(?<css>[^<]*)<\/style>|<\/(?<end>[a-z0-9]+)>|<(?<name>[a-z][a-zA-Z0-9]*)(?<attributes>(?: [a-zA-Z][a-zA-Z0-9-]*="[^"<>]*")*)(?<closed>\/?)>|(?<text>(?:[^<>&]|&(?:amp|lt|gt|quot|#39);)+)/y;
const characters: Readonly<Record<string, string>> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#39;": "'",
};
const decoded = (text: string) =>
  text.replace(/&[^;]*;?/g, (entity) => characters[entity] ?? `bad ${entity}`);

/**
 * @returns the elements in order, and the text between tags
 * @throws Error at the first place that is no tag, no text, or closes what was not opened last
 */
export function readMarkup(source: string): { elements: ReadElement[]; text: string } {
  const [elements, open, texts]: [ReadElement[], string[], string[]] = [[], [], []];
  token.lastIndex = 0;
  while (token.lastIndex < source.length) {
    const at = token.lastIndex;
    const groups = token.exec(source)?.groups;
    if (groups === undefined) throw new Error(`not well-formed: ${source.slice(at, at + 80)}`);
    const { end, name, attributes = "", closed, text } = groups;
    if (text !== undefined) texts.push(decoded(text));
    if (end !== undefined && open.pop() !== end) throw new Error(`</${end}> closes what is not open`);
    if (name === undefined) continue;
    const fields = [...attributes.matchAll(/ ([a-zA-Z][a-zA-Z0-9-]*)="([^"]*)"/g)];
    elements.push({
      name,
      attributes: Object.fromEntries(fields.map(([, key, value]) => [key!, decoded(value!)])),
    });
    if (closed === "") open.push(name);
  }
  if (open.length > 0) throw new Error(`<${open.at(-1)}> is not closed`);
  return { elements, text: texts.join("") };
}
