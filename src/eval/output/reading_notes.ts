/** @file How the tables are to be read: the same words in Markdown and on the page. */

export const readingNotes = [
  "Each score: value [95 % interval] · questions/groups/unread. Intervals are drawn over groups, such as patients; of fewer than 10 groups there is none, and draws in which a score is not defined are left out and counted. The calibration error (ECE) of a draw is larger than that of all answers, so its interval lies too high. An unread answer could not be read as what was asked for and counts as wrong. ↑ higher is better, ↓ lower is better.",
  "Is it looking? Under each score stand the controls: the same questions without a picture, with noise, with another patient's picture (of the same region where there is one), and the commonest answer without any model (of texts the one that is most like the others). The gap is the score with pictures less the score under the control; a model whose gap is near 0 does not look.",
  "Real, simulated and empty pictures are never counted together. Empty ones show no anatomy: photographs, painted shapes, a probe without contact.",
] as const;
