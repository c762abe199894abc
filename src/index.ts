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
export { createPictureCheck } from "./data/check_pictures.ts";
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
export { recordTexts } from "./data/record_texts.ts";
export { formatReport, type Report, reportOf } from "./data/report_text.ts";
export { createSimulator, findingsOf, type Simulation, type Simulator } from "./data/simulator/simulate.ts";
export { type Part as SplitPart, partOf, type Shares, stratifiedParts } from "./data/split.ts";
export { collectStats, type DataStats } from "./data/stats.ts";
export { openRecordWriter, type RecordWriter } from "./data/write_records.ts";
export { CheckpointError, ConfigError, InputError, RequestError, ShapeError } from "./errors.ts";
export type { Answerer, AnswerSettings, AskSettings, ModelSource, Reply } from "./eval/answerer.ts";
export { type Divergence, divergence, overall } from "./eval/divergence.ts";
export { endpointModel } from "./eval/endpoint_answerer.ts";
export { type EvaluateOptions, evaluate } from "./eval/evaluate.ts";
export { type ClassReading, type Evaluation, ofTasks } from "./eval/evaluation.ts";
export { withSimilarity } from "./eval/evaluations/similarity.ts";
export { evaluations, evaluationsNamed } from "./eval/evaluations.ts";
export { type Condition, conditions, type Exchange, type Given } from "./eval/exchange.ts";
export { type Golden, openGolden } from "./eval/golden.ts";
export { localModel } from "./eval/local_answerer.ts";
export { accuracy, balancedAccuracy } from "./eval/metrics/accuracy.ts";
export { bleu } from "./eval/metrics/bleu.ts";
export { topLabelCalibrationError } from "./eval/metrics/calibration.ts";
export { chrf } from "./eval/metrics/chrf.ts";
export { cider } from "./eval/metrics/cider.ts";
export type { ClassItem } from "./eval/metrics/confusion.ts";
export { f1Of, macroF1, microF1 } from "./eval/metrics/f1.ts";
export { cohenKappa, weightedKappa } from "./eval/metrics/kappa.ts";
export { hammingLoss, type LabelSetItem, labelScore } from "./eval/metrics/label_sets.ts";
export { type MeasurementItem, meanAbsoluteError, withinRelative } from "./eval/metrics/measurement.ts";
export { meteor } from "./eval/metrics/meteor.ts";
export { type Metric, meanOf, type Scored, type TextItem } from "./eval/metrics/metric.ts";
export { multiclassBrierScore, type ProbabilityItem } from "./eval/metrics/probability.ts";
export { auroc, averagePrecision } from "./eval/metrics/ranking.ts";
export { rouge } from "./eval/metrics/rouge.ts";
export { compareRuns, comparisonMarkdown } from "./eval/output/compare.ts";
export { scoresCsv } from "./eval/output/csv.ts";
export { scoresJson } from "./eval/output/json.ts";
export { scoresMarkdown } from "./eval/output/markdown.ts";
export { scoresPage } from "./eval/output/page.ts";
export { readScores } from "./eval/read_scores.ts";
export type { RunScores, Score } from "./eval/scores.ts";
export { bootstrap, type Draws, type Interval } from "./eval/statistics/bootstrap.ts";
export { exchangeTest, pairedBootstrap } from "./eval/statistics/paired.ts";
export { loadTokenEncoder, type TokenEncoder } from "./eval/token_encoder.ts";
export { type Comparison, tolerances, verify } from "./eval/verify.ts";
export { type View, type ViewDefinition, viewOf } from "./eval/view.ts";
export {
  type Answer,
  type Provenance,
  RESEARCH_NOTICE,
  VERSION,
} from "./generate/answer.ts";
export type { BatchOptions } from "./generate/batch.ts";
export type { Conversation } from "./generate/conversation.ts";
export { type Cache, Engine } from "./generate/engine.ts";
export type { ForcedText } from "./generate/forced_text.ts";
export { type LoadedModel, type LoadOptions, loadModel, type Observer } from "./generate/load_model.ts";
export type { ModelIdentity } from "./generate/model.ts";
export { type Pieces, readAhead, wholeAnswer } from "./generate/pieces.ts";
export { type PreparedPrompt, preparePrompt } from "./generate/prepare.ts";
export type { PromptRow } from "./generate/prompt_row.ts";
export { chooseToken, type ScoredToken, scoreToken } from "./generate/sampling.ts";
export type { GenerateOptions, Lookup, Sampling, Settings } from "./generate/settings.ts";
export { shippedModel } from "./generate/shipped_model.ts";
export type { FinishReason, Piece, TokenReport } from "./generate/writer.ts";
export * as composites from "./graph/composites.ts";
export * as graph from "./graph/value.ts";
export { type DecodedImage, decodeImage, type PictureSource } from "./image/decode.ts";
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
export { type CalibrateOptions, type Calibration, calibrate } from "./quantise/calibrate.ts";
export { quantisationOf } from "./quantise/plan.ts";
export type { WeightError } from "./quantise/weight_error.ts";
export { type QuantiseOptions, type QuantiseProgress, writeQuantised } from "./quantise/write_quantised.ts";
export { loadProgram } from "./runtime/node/program.ts";
export type { Accumulator, Program, State, Tensors } from "./runtime/program.ts";
export { questionPrompt, type Task, taskPrompt, userMessage } from "./tasks/prompts.ts";
export { type Language, languages, type Region, regionNames, regions } from "./tasks/regions.ts";
export { type ScaleForm, scaleSentence } from "./tasks/scale.ts";
export { openStudy, Study, type StudyOptions, type StudyRequest } from "./tasks/study.ts";
export { float32, int64, type Tensor } from "./tensor/tensor.ts";
export { draftConfig, writeFreshCheckpoint } from "./train/fresh_checkpoint.ts";
export { type Recipe, readRecipe, recipeFields } from "./train/recipe.ts";
export { sparseConfig, writeSparseCheckpoint } from "./train/sparse_checkpoint.ts";
export { tokenizerOf, trainedTokenizer } from "./train/tokenizer_source.ts";
export type { TrainEvent } from "./train/train_event.ts";
export { type TrainOptions, type TrainResult, train } from "./train/trainer.ts";
