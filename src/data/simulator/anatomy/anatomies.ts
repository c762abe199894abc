/** @file The anatomy of every region. */

import type { Region } from "../../../tasks/regions.ts";
import { breast } from "./breast.ts";
import { gynaecology } from "./gynaecology.ts";
import { heart } from "./heart.ts";
import { kidney } from "./kidney.ts";
import { liver } from "./liver.ts";
import type { Anatomy } from "./study.ts";
import { thyroid } from "./thyroid.ts";
import { vessel } from "./vessel.ts";

export const anatomies: Readonly<Record<Region, Anatomy>> = {
  breast,
  gynaecology,
  heart,
  kidney,
  liver,
  thyroid,
  vessel,
};
