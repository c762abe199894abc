/** @file Puts what a run found into docs/performance.md, between its two marks, and its plots beside it. */

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { ConfigError } from "../../src/errors.ts";
import { curvesOf, type FullSizeReport, sectionsOf } from "./report.ts";
import { svgPlot } from "./svg_plot.ts";

export const MARKS = { begin: "<!-- measured: begin -->", end: "<!-- measured: end -->" } as const;

/** Folder of plots beside the page. */
const PLOTS = "performance";

/** The measured part as Markdown. */
export function measuredText(report: FullSizeReport): string {
  const sections = sectionsOf(report).map(({ title, text }) => `### ${title}\n\n\`\`\`text\n${text}\n\`\`\``);
  const plots = curvesOf(report).map(({ file, title }) => `![${title}](${PLOTS}/${file}.svg)`);
  return [...sections, ...(plots.length > 0 ? [plots.join("\n")] : [])].join("\n\n");
}

/** A page with another measured part. @throws ConfigError when the page lacks a mark */
export function replaceMeasured(page: string, measured: string, where: string): string {
  const [begin, end] = [page.indexOf(MARKS.begin), page.indexOf(MARKS.end)];
  if (begin < 0 || end < begin)
    throw new ConfigError(
      where,
      `expected the lines ${MARKS.begin} and ${MARKS.end}, found none in this order`,
    );
  return `${page.slice(0, begin + MARKS.begin.length)}\n\n${measured}\n\n${page.slice(end)}`;
}

/** Where a model lay on the machine that measured is nobody's business. */
const withoutFolders = (key: string, value: unknown): unknown =>
  key === "path" && typeof value === "string" ? basename(value) : value;

/** @param path docs/performance.md, which exists */
export async function writePerformancePage(path: string, report: FullSizeReport): Promise<void> {
  const page = replaceMeasured(await readFile(path, "utf8"), measuredText(report), path);
  const folder = join(dirname(path), PLOTS);
  await mkdir(folder, { recursive: true });
  for (const curve of curvesOf(report)) await writeFile(join(folder, `${curve.file}.svg`), svgPlot(curve));
  await writeFile(join(folder, "report.json"), `${JSON.stringify(report, withoutFolders, 1)}\n`);
  await writeFile(path, page);
}
