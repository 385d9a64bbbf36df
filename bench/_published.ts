/**
 * The table of the first publication: README of `model_signing/` in sigstore/model-transparency, 2023, where `h1` and
 * `h2` are called H1 and H2. Each time is of one run, and holds a signing identity and the public log as well.
 */
import type { FileShape, Shape } from "./_models.ts";

/** Seconds to sign and to verify, as published. */
export interface PublishedTimes {
  readonly sign: number;
  readonly verify: number;
}

/** A published model. */
export interface PublishedModel {
  readonly shape: Shape;
  /** As in the table: `du` counts in binary units and rounds up. */
  readonly size: string;
  /** Times by machine and serialization. */
  readonly times: Readonly<Record<"m1" | "m2", Readonly<Record<"h1" | "h2", PublishedTimes>>>>;
}

/** The machines of the publication. */
export const PUBLISHED_MACHINES = {
  m1: "M1: 48 vCPUs, AMD EPYC 7B12, 200 GB RAM",
  m2: "M2: 2 vCPUs, Intel Xeon 2.20 GHz, 4 GB RAM",
} as const;

const MIB = 2 ** 20;

/**
 * The models. The whole is as published; how it falls into files follows the repositories as far as they could be looked
 * at, large files rounded to a million bytes and small ones made up in number and size. One file has the rest.
 */
export const PUBLISHED_MODELS: readonly PublishedModel[] = [
  {
    // 8 KB is what the publication measured, far less than a model of that name has.
    shape: { name: "roberta-base-11.onnx", isFile: true, files: [{ name: "roberta-base-11.onnx", size: 8_192 }] },
    size: "8K",
    times: {
      m1: { h1: times(0.8, 0.6), h2: times(1, 0.6) },
      m2: { h1: times(1.1, 0.7), h2: times(1.1, 0.8) },
    },
  },
  {
    shape: directory("YOLOP", 215 * MIB, [
      ...small("lib", 40, 20_000),
      ...small("toolkits", 12, 20_000),
      ...small("pictures", 10, 2_000_000),
      { name: "weights/yolop-320-320.onnx", size: 33_000_000 },
      { name: "weights/yolop-640-640.onnx", size: 33_000_000 },
      { name: "weights/yolop-1280-1280.onnx", size: 34_000_000 },
    ], "weights/End-to-end.pth"),
    size: "215M",
    times: {
      m1: { h1: times(1.2, 0.8), h2: times(1, 1) },
      m2: { h1: times(1.9, 1.7), h2: times(1.9, 1.6) },
    },
  },
  {
    shape: directory("bertseq2seq", 2.8 * 1024 * MIB, [
      { name: "saved_model.pb", size: 20_000_000 },
      { name: "tfhub_module.pb", size: 2 },
      { name: "assets/vocab.txt", size: 230_000 },
      { name: "variables/variables.index", size: 40_000 },
    ], "variables/variables.data-00000-of-00001"),
    size: "2.8G",
    times: {
      m1: { h1: times(4.6, 4.4), h2: times(1.9, 1.4) },
      m2: { h1: times(18, 23.2), h2: times(13.8, 25.9) },
    },
  },
  {
    shape: {
      name: "bert-base-uncased",
      isFile: false,
      files: [
        { name: "LICENSE", size: 11_400 },
        { name: "README.md", size: 10_500 },
        { name: "config.json", size: 570 },
        { name: "tokenizer.json", size: 466_000 },
        { name: "tokenizer_config.json", size: 48 },
        { name: "vocab.txt", size: 232_000 },
        { name: "coreml/fill-mask/float32_model.mlpackage/Manifest.json", size: 620 },
        { name: "coreml/fill-mask/float32_model.mlpackage/Data/com.apple.CoreML/model.mlmodel", size: 165_000 },
        {
          name: "coreml/fill-mask/float32_model.mlpackage/Data/com.apple.CoreML/weights/weight.bin",
          size: 532_000_000,
        },
        { name: "flax_model.msgpack", size: 438_000_000 },
        { name: "model.onnx", size: 532_000_000 },
        { name: "model.safetensors", size: 440_000_000 },
        { name: "pytorch_model.bin", size: 440_000_000 },
        { name: "rust_model.ot", size: 534_000_000 },
        { name: "tf_model.h5", size: 536_000_000 },
      ],
    },
    size: "3.3G",
    times: {
      m1: { h1: times(5, 4.7), h2: times(1.6, 1.1) },
      m2: { h1: times(23.4, 18.9), h2: times(22.7, 23.3) },
    },
  },
  {
    shape: {
      name: "falcon-7b",
      isFile: false,
      files: [
        ...small("", 8, 20_000),
        { name: "tokenizer.json", size: 2_730_000 },
        { name: "pytorch_model-00001-of-00002.bin", size: 9_950_000_000 },
        { name: "pytorch_model-00002-of-00002.bin", size: 4_480_000_000 },
      ],
    },
    size: "14GB",
    times: {
      m1: { h1: times(12.2, 11.8), h2: times(2.1, 1.8) },
      m2: { h1: times(124, 122), h2: times(120.1, 123) },
    },
  },
];

function times(sign: number, verify: number): PublishedTimes {
  return { sign, verify };
}

/** A directory: the file `rest` has the bytes that the other files leave of the total. */
function directory(name: string, bytes: number, files: readonly FileShape[], rest: string): Shape {
  const size = Math.round(bytes) - files.reduce((sum, file) => sum + file.size, 0);
  return { name, isFile: false, files: [...files, { name: rest, size }] };
}

function small(below: string, count: number, size: number): FileShape[] {
  return Array.from({ length: count }, (_, i) => ({ name: `${below === "" ? "" : `${below}/`}file-${i}`, size }));
}
