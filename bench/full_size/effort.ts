/** @file How much is measured: everything for a report, or little to see that all of it runs. */

import type { Preset } from "../synthetic.ts";

export interface Effort {
  /** Beside the peers, after one that warms up: rounds of bursts, more where a layer is a small difference, and of prompts. */
  readonly decodeRounds: number;
  readonly layerRounds: number;
  readonly prefillRounds: number;
  readonly crowdRounds: number;
  readonly studyRounds: number;
  /** Tokens decoded at a time. */
  readonly burst: number;
  /** Contexts that tokens are decoded behind. */
  readonly shortContext: number;
  readonly longContext: number;
  /** Tokens of a prompt. */
  readonly prefill: number;
  /** Fresh processes that load the model. */
  readonly loads: number;
  /** Seconds that memory lies idle before a load: a virtual machine's host then has taken it back. */
  readonly idleSeconds: number;
  /** Pixels along a picture's side, a multiple of 28. */
  readonly side: number;
  /** Tokens of an answer. */
  readonly answer: number;
  /** Requests at once. */
  readonly requests: readonly number[];
  /** Tokens of each of their prompts and answers. */
  readonly requestPrompt: number;
  readonly requestAnswer: number;
  /** Tokens of each of the four answers of a study. */
  readonly studyAnswer: number;
  /** Prompt lengths, pictures of a request, and tokens of an answer, to see how cost grows. */
  readonly prompts: readonly number[];
  readonly pictures: readonly number[];
  readonly answers: readonly number[];
  /** The model compared with PyTorch besides the shipped one. */
  readonly torchModel: Preset;
}

export const efforts = {
  full: {
    decodeRounds: 8,
    layerRounds: 40,
    prefillRounds: 4,
    crowdRounds: 2,
    studyRounds: 1,
    burst: 16,
    shortContext: 16,
    longContext: 1000,
    prefill: 512,
    loads: 3,
    idleSeconds: 20,
    side: 392,
    answer: 128,
    requests: [1, 2, 4, 8],
    requestPrompt: 16,
    requestAnswer: 32,
    studyAnswer: 64,
    prompts: [256, 512, 1024, 2048, 4096, 8192],
    pictures: [1, 2, 4, 8, 16],
    answers: [16, 32, 64, 128, 256, 512],
    torchModel: "300m",
  },
  quick: {
    decodeRounds: 2,
    layerRounds: 2,
    prefillRounds: 1,
    crowdRounds: 1,
    studyRounds: 1,
    burst: 5,
    shortContext: 8,
    longContext: 100,
    prefill: 64,
    loads: 1,
    idleSeconds: 0,
    side: 112,
    answer: 8,
    requests: [1, 2],
    requestPrompt: 16,
    requestAnswer: 6,
    studyAnswer: 4,
    prompts: [32, 64, 128],
    pictures: [1, 2, 3],
    answers: [4, 8, 16],
    torchModel: "60m",
  },
} as const satisfies Record<string, Effort>;
