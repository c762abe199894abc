/** @file Numbers and lengths that an answer states. Nothing is guessed. */

/**
 * A number without its sign: 174, 17.4, .5, 1,234 (three digits behind each comma), 17,4 (another comma stands for the
 * point), 1/2 and 1 1/2 (proper fractions only: 12/8 is two numbers).
 */
const magnitude = String.raw`(?:(?:\d+\s+)?\d+[/⁄]\d+|[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?|\d+,\d+(?!,\d)|\d+(?:\.\d+)?(?:e[-+]?\d+)?|\.\d+)`;

/** Not the rest of a name ("EF2", "COVID-19") or of another number. */
const start = String.raw`(?<![\p{Script=Latin}\d]|\d[.,/⁄]|\p{Script=Latin}[-−])`;

/** Full width characters and squared units as plain ones; "1½" as "1 1/2". */
const plain = (text: string): string => text.replace(/(?<=\d)(?=[¼-¾⅐-⅞])/gu, " ").normalize("NFKC");

/** @returns undefined where a fraction is not a proper one */
function numberOf(digits: string): number | undefined {
  const [, whole = "0", above, below] = /^(?:(\d+)\s+)?(\d+)[/⁄](\d+)$/.exec(digits) ?? [];
  if (above !== undefined && below !== undefined)
    return Number(above) < Number(below) ? Number(whole) + Number(above) / Number(below) : undefined;
  const isGrouped = /^[1-9]\d{0,2}(?:,\d{3})+(?:\.|$)/.test(digits);
  return Number(isGrouped ? digits.replaceAll(",", "") : digits.replace(",", "."));
}

const numberPattern = new RegExp(
  String.raw`${start}(?<sign>[-−]?)(?<digits>${magnitude})(?![\p{Script=Latin}\d]|[./⁄]\d)(?<percent>\s*(?:%|per\s?cent\b))?`,
  "iu",
);

/** What a number is read by, for signatures. */
export const numberPatterns = [numberPattern];

/** The first number that an answer states, 0.55 for 55 %; undefined where it states none. */
export function firstNumber(text: string): number | undefined {
  const { sign, digits, percent } = numberPattern.exec(plain(text))?.groups ?? {};
  const value = digits === undefined ? undefined : numberOf(digits);
  if (value === undefined) return undefined;
  const size = percent === undefined ? value : value / 100;
  return sign ? -size : size;
}

/** Millimetres of each unit of length. */
const units: readonly (readonly [millimetres: number, name: RegExp])[] = [
  [1, /^(?:mm|millimet(?:re|er)s?|毫米)$/i],
  [10, /^(?:cm|centimet(?:re|er)s?|厘米|公分)$/i],
];

/** Neither an area, a speed nor another unit that begins alike: mm², cm/s, mmHg. */
const unit = String.raw`(?:(?:mm|cm|(?:milli|centi)met(?:re|er)s?)(?![\p{Script=Latin}\d^])|毫米|厘米|公分)(?!\s*[/⁄]\s*\p{L}|汞柱|水柱)`;
const factor = String.raw`\s*[x×*]\s*${magnitude}`;

/** Between the ends of a range: "5-6 cm", "5 to 6 cm", "5厘米至6厘米". */
const through = String.raw`\s*(?:[-–—−~～〜至到]|\bto\b)\s*`;

/** Of dimensions that share a unit the first: "12 x 8 mm". What "=" stands behind is working, not the length. */
const lengthPattern = new RegExp(
  String.raw`${start}(?<from>${magnitude}(?:\s*${unit})?${through})?(?<digits>${magnitude})(?:${factor})*\s*(?<unit>${unit})(?!(?:${factor}(?:\s*${unit})?)*\s*=)(?<to>${through}${magnitude})?`,
  "iu",
);

/** What a length is read by, for signatures. */
export const lengthPatterns = [lengthPattern, units];

/** The first length that an answer states, in millimetres; undefined where it states none, or a range. */
export function lengthInMm(text: string): number | undefined {
  const { from, digits, unit: said = "", to } = lengthPattern.exec(plain(text))?.groups ?? {};
  const value = digits === undefined || from !== undefined || to !== undefined ? undefined : numberOf(digits);
  const [millimetres] = units.find(([, name]) => name.test(said)) ?? [];
  return value === undefined || millimetres === undefined ? undefined : value * millimetres;
}
