/** @file The library: load a model, ask it, and the pieces it is made of. */

export { type Adapter, openAdapter } from "./checkpoint/adapter.ts";
export { type Checkpoint, openCheckpoint } from "./checkpoint/hf_folder.ts";
export { type CheckpointDescription, inspectFolder } from "./checkpoint/inspect.ts";
export { type CardSection, cardText, type ModelCard, parseCard } from "./checkpoint/model_card.ts";
export type { LoadProgress } from "./checkpoint/place_weights.ts";
export {
  type PullOptions,
  type PullProgress,
  type PullResult,
  pullCheckpoint,
} from "./checkpoint/pull/pull.ts";
export { readTensor, SafetensorsFile, writeSafetensors } from "./checkpoint/safetensors.ts";
export { type AdapterDescription, adapterOf, writeAdapter } from "./checkpoint/write_adapter.ts";
export { type CheckpointOptions, SHARD_BYTES, writeCheckpoint } from "./checkpoint/write_checkpoint.ts";
export { Facts } from "./data/facts.ts";
export { type Question, questionsOf } from "./data/questions.ts";
export {
  type Counts,
  keepRecords,
  type ReadItem,
  type ReadOptions,
  readRecords,
  recordFiles,
} from "./data/read_records.ts";
export { type DataRecord, messagesOf, type ParsedRecord, parseRecord } from "./data/record.ts";
export { formatReport, type Report, reportOf } from "./data/report_text.ts";
export { createSimulator, findingsOf, type Simulation, type Simulator } from "./data/simulator/simulate.ts";
export { type Part as SplitPart, partOf, type Shares, stratifiedParts } from "./data/split.ts";
export { collectStats, type DataStats } from "./data/stats.ts";
export { openRecordWriter, type RecordWriter } from "./data/write_records.ts";
export { CheckpointError, ConfigError, InputError, RequestError, ShapeError } from "./errors.ts";
export { type Golden, openGolden } from "./eval/golden.ts";
export { type Comparison, tolerances, verify } from "./eval/verify.ts";
export {
  type Answer,
  type Provenance,
  RESEARCH_NOTICE,
  VERSION,
} from "./generate/answer.ts";
export type { Conversation } from "./generate/conversation.ts";
export { type Cache, Engine } from "./generate/engine.ts";
export { type LoadedModel, type LoadOptions, loadModel } from "./generate/load_model.ts";
export type { ModelIdentity } from "./generate/model.ts";
export { type PreparedPrompt, preparePrompt } from "./generate/prepare.ts";
export type { PromptRow } from "./generate/prompt_row.ts";
export { chooseToken, type ScoredToken, scoreToken } from "./generate/sampling.ts";
export type { GenerateOptions, Sampling, Settings } from "./generate/settings.ts";
export type { FinishReason, Piece, TokenReport } from "./generate/writer.ts";
export * as composites from "./graph/composites.ts";
export * as graph from "./graph/value.ts";
export { decodeImage } from "./image/decode.ts";
export type { ImageSource } from "./image/read_source.ts";
export type { Family, ModelConfig } from "./model/config.ts";
export { decoderGraph } from "./model/decoder.ts";
export { parameterShapes } from "./model/parameters.ts";
export { parseConfig } from "./model/parse_config.ts";
export { type MediaGrid, positionIds, type RowPositions } from "./model/positions.ts";
export { visionGraph } from "./model/vision.ts";
export { type Lowered, type LowerOptions, lower } from "./onnx/lower.ts";
export { encodeModel } from "./onnx/model.ts";
export type { Message, Part, Role } from "./processor/message.ts";
export { type PixelBudget, preprocessImage, preprocessVideo } from "./processor/preprocess.ts";
export { type EncodedPrompt, encodePrompt, type Processor } from "./processor/prompt.ts";
export type { RgbImage } from "./processor/rgb_image.ts";
export { createTextStream } from "./processor/text_stream.ts";
export { createTokenizer, type TextTokenizer } from "./processor/tokenizer.ts";
export { createWordCounter, trainTokenizer } from "./processor/train_tokenizer.ts";
export { loadProgram } from "./runtime/node/program.ts";
export type { Accumulator, Program, State, Tensors } from "./runtime/program.ts";
export { questionPrompt, type Task, taskPrompt, userMessage } from "./tasks/prompts.ts";
export { type Language, languages, type Region, regionNames, regions } from "./tasks/regions.ts";
export { type ScaleForm, scaleSentence } from "./tasks/scale.ts";
export { float32, int64, type Tensor } from "./tensor/tensor.ts";
export { draftConfig, writeFreshCheckpoint } from "./train/fresh_checkpoint.ts";
export { type Recipe, readRecipe, recipeFields } from "./train/recipe.ts";
export { sparseConfig, writeSparseCheckpoint } from "./train/sparse_checkpoint.ts";
export { tokenizerOf, trainedTokenizer } from "./train/tokenizer_source.ts";
export type { TrainEvent } from "./train/train_event.ts";
export { type TrainOptions, type TrainResult, train } from "./train/trainer.ts";
