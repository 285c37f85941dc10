#!/usr/bin/env bash
# @evan/opus 1.0.3 (npm; libopus as native code and as WebAssembly): its two builds don't behave alike, and its main entry takes the
# native one wherever there is a binary for the platform. So the same program answers differently on another machine.
#
# Expected: one version of one codec gives the same packets for the same samples, and the same answer to a missing packet.
# Seen, with default settings and a tone:
# - of 20 packets none has the same bytes, also where both have the same size;
# - frames of 40 and 60 ms take 5 % more bytes from WebAssembly;
# - both decode a packet to the same samples, to the last bit or nearly;
# - an empty packet, by which libopus is told that one was lost, is refused by native code; from WebAssembly come 120 ms of what
#   came before, whatever the length of its frames was, so that a stream gets longer with each lost packet.
#
# The script encodes and decodes with both, and fails if that changes. It needs one of the platforms with native code: x64 Linux,
# macOS or Windows, arm64 Linux or macOS.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund @evan/opus@1.0.3

cat >run.mjs <<'JS'
import * as native from '@evan/opus';
import * as wasm from '@evan/opus/wasm/index.mjs';

const RATE = 48_000;
const FORMAT = { channels: 1, sample_rate: RATE };
const builds = { native, wasm };
const toSamples = (bytes) => new Int16Array(new Uint8Array(bytes).buffer);

function encodeTone({ Encoder }, frameMs) {
  const encoder = new Encoder({ ...FORMAT, application: 'audio' });
  const length = (RATE * frameMs) / 1000;
  const frame = (index) =>
    Int16Array.from({ length }, (_, i) => 8000 * Math.sin((2 * Math.PI * 440 * (index * length + i)) / RATE));
  return Array.from({ length: 20 }, (_, index) => Buffer.from(encoder.encode(frame(index))));
}

for (const frameMs of [20, 40, 60]) {
  const [one, other] = Object.values(builds).map((build) => encodeTone(build, frameMs));
  const alike = one.filter((packet, i) => packet.equals(other[i])).length;
  // The first packets begin the tone, so the tenth says what goes on.
  console.log(`${frameMs} ms: ${alike} of 20 packets alike; the tenth: native ${one[9].length}, wasm ${other[9].length} bytes`);
}

const packets = encodeTone(native, 20);
const decoders = Object.values(builds).map(({ Decoder }) => new Decoder(FORMAT));
let most = 0;
for (const packet of packets) {
  const [one, other] = decoders.map((decoder) => toSamples(decoder.decode(packet)));
  one.forEach((sample, i) => (most = Math.max(most, Math.abs(sample - other[i]))));
}
console.log(`decoded: samples differ by ${most <= 1 ? 'at most 1' : most}`);

Object.keys(builds).forEach((name, i) => {
  try {
    const samples = toSamples(decoders[i].decode(new Uint8Array(0)));
    console.log(`an empty packet after frames of 20 ms: ${name} ${(1000 * samples.length) / RATE} ms`);
  } catch (error) {
    console.log(`an empty packet after frames of 20 ms: ${name} throws ${error.message}`);
  }
});
JS
node run.mjs | tee seen

cat >expected <<'TEXT'
20 ms: 0 of 20 packets alike; the tenth: native 128, wasm 128 bytes
40 ms: 0 of 20 packets alike; the tenth: native 245, wasm 257 bytes
60 ms: 0 of 20 packets alike; the tenth: native 365, wasm 386 bytes
decoded: samples differ by at most 1
an empty packet after frames of 20 ms: native throws Opus(BadArgument)
an empty packet after frames of 20 ms: wasm 120 ms
TEXT
diff expected seen && echo "as described"
