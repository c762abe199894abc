/** @file The bytes of an ONNX model whose weights lie in files beside it. */

import { create, toBinary } from "@bufbuild/protobuf";
import { bytesPerElement, type DType } from "../tensor/dtype.ts";
import type { Shape } from "../tensor/shape.ts";
import { elementCount } from "../tensor/tensor.ts";
import { MICROSOFT, onnxType } from "./builder.ts";
import { ModelProtoSchema, type ValueInfoProto, ValueInfoProtoSchema } from "./generated/onnx_pb.ts";
import type { Lowered, Parameter } from "./lower.ts";

/** Where the bytes of a weight lie. */
export interface Placement {
  /** File name, relative to the folder that the session is given. */
  readonly location: string;
  readonly offset: number;
}

/**
 * Serialise a lowered graph. It may be serialised once.
 *
 * A half-precision weight is also declared as an optional input: the runtime then may not treat it as a constant, so
 * it stays half precision in memory and is widened at every use instead of once at load.
 *
 * @param place says where each weight lies
 * @see https://onnx.ai/onnx/repo-docs/ExternalData.html
 */
export function encodeModel(lowered: Lowered, place: (parameter: Parameter) => Placement): Uint8Array {
  const { builder, inputs, outputs, parameters } = lowered;
  for (const parameter of parameters) {
    const { storage } = parameter;
    const { location, offset } = place(parameter);
    for (const [name, shape] of [[parameter.name, parameter.shape] as const, ...parameter.views])
      builder.initializer({
        name,
        dims: shape.map(BigInt),
        dataType: onnxType[storage],
        dataLocation: 1,
        externalData: Object.entries({
          location,
          offset,
          length: elementCount(shape) * bytesPerElement[storage],
        }).map(([key, value]) => ({ $typeName: "onnx.StringStringEntryProto", key, value: String(value) })),
      });
  }
  const optional = parameters.filter(({ storage }) => storage === "float16");
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: 10n,
      producerName: "echovlm",
      opsetImport: [
        { domain: "", version: 23n },
        { domain: MICROSOFT, version: 1n },
      ],
      graph: {
        name: "echovlm",
        ...builder.finish(),
        input: [
          ...inputs.map(({ name, dtype, shape }) => valueInfo(name, dtype, shape)),
          ...optional.map(({ name, shape }) => valueInfo(name, "float16", shape)),
        ],
        output: outputs.map(({ name, dtype, shape }) => valueInfo(name, dtype, shape)),
      },
    }),
  );
}

function valueInfo(name: string, dtype: DType, shape: Shape): ValueInfoProto {
  return create(ValueInfoProtoSchema, {
    name,
    type: {
      value: {
        case: "tensorType",
        value: {
          elemType: onnxType[dtype],
          shape: {
            dim: shape.map((size) => ({
              value:
                typeof size === "number"
                  ? { case: "dimValue" as const, value: BigInt(size) }
                  : { case: "dimParam" as const, value: size },
            })),
          },
        },
      },
    },
  });
}
