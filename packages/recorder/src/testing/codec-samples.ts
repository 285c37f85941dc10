import type { VideoCodec } from '../codecs/picture.ts';

/** The RTP payloads of a keyframe and of a picture that depends on it, as encoders make them, of 320x180 or 1280x720. */
interface CodecSample {
  keyframe: Buffer[];
  delta: Buffer[];
}

const payloads = (...hex: string[]): Buffer[] => hex.map((one) => Buffer.from(one, 'hex'));

/** The samples that fuzzing starts from. Their headers are real, so that the parsers behind them are reached. */
export const CODEC_SAMPLES: Record<VideoCodec, CodecSample> = {
  h264: {
    keyframe: payloads(
      '7800136742c01f8c8d402802dd350101010784423500000468ce3c80',
      '7c85b80405fd8a28',
      '7c05022800112233',
      '7c4544556677',
    ),
    delta: payloads('61e04400aa', '7c818899', '7c41aabb'),
  },
  vp8: {
    keyframe: payloads(
      '90e081230720100f009d012a4001b40007070885858899848825820274f23a',
      '80e0812307203ad461ec9ce1ec9ce1ec9ce1ec9ce1ec',
    ),
    delta: payloads('90e081240720d108001c11c8001800186ff40c00', '80e0812407200159aab5556aaad555aaab55'),
  },
  vp9: {
    keyframe: payloads(
      'aa812300005000500028005000b40004824983420013f00b360838241c185800010047d8fd',
      'a4812300000000620cdbe9cc360ebda3b0bf40006b26',
    ),
    delta: payloads('e88124000086004092', 'e481240000009c2c4b00000370000055d96c80'),
  },
  av1: {
    keyframe: payloads(
      '680a080b000000043cfeccdaf900403010008780000080',
      '90000000ebcd11f8c4b8a5877f048aa8f2241c4348',
    ),
    delta: payloads('50303003c08000000692', '90400000a00008009923aa1b2e'),
  },
};

export const OPUS_SAMPLES = payloads('fc010203', 'fcfffe', '780102030405', 'f8fffe0000', '03', 'ff8105aabb');
