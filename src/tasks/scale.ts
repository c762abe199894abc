/** @file The sentence of a prompt that gives a picture's scale. A model sees the picture resized and cannot know it. */

import type { Language } from "./regions.ts";

/** Size of a picture file in pixels, which are square, and their side. */
export interface PictureScale {
  readonly width: number;
  readonly height: number;
  readonly mmPerPixel: number;
}

/** Width and height in millimetres, or with them the pixels and their spacing. */
export type ScaleForm = "size" | "pixels";

const sentences: Readonly<
  Record<Language, Record<ScaleForm, (w: string, h: string, pixels: string, spacing: string) => string>>
> = {
  en: {
    size: (w, h) => `The picture is ${w} mm wide and ${h} mm high.`,
    pixels: (w, h, pixels, spacing) =>
      `The picture has ${pixels} pixels of ${spacing} mm: it is ${w} mm wide and ${h} mm high.`,
  },
  zh: {
    size: (w, h) => `图像实际宽${w} mm，高${h} mm。`,
    pixels: (w, h, pixels, spacing) =>
      `图像大小为${pixels}像素，像素间距为${spacing} mm，实际宽${w} mm，高${h} mm。`,
  },
};

const between: Readonly<Record<Language, string>> = { en: " x ", zh: "×" };

/** The text that asks, behind the sentence that gives the picture's scale, as in training. */
export function withScale(text: string, language: Language, scale: PictureScale): string {
  const sentence = scaleSentence(language, scale, "size");
  return language === "zh" ? sentence + text : `${sentence} ${text}`;
}

/** Millimetres are said to a tenth, the spacing of pixels to a thousandth. */
export function scaleSentence(
  language: Language,
  { width, height, mmPerPixel }: PictureScale,
  form: ScaleForm,
): string {
  const decimals = (value: number, most: number): string => String(Number(value.toFixed(most)));
  return sentences[language][form](
    decimals(width * mmPerPixel, 1),
    decimals(height * mmPerPixel, 1),
    `${width}${between[language]}${height}`,
    decimals(mmPerPixel, 3),
  );
}
