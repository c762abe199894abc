/** @file The anatomy of every region. */

import type { Region } from "../../../tasks/regions.ts";
import type { Anatomy } from "./anatomy.ts";
import { breast } from "./breast.ts";

export const anatomies: Readonly<Record<Region, Anatomy>> = {
  breast,
  gynaecology: {},
  heart: {},
  kidney: {},
  liver: {},
  thyroid: {},
  vessel: {},
};
