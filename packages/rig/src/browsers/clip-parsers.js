// This script runs in a page of Chromium. It takes clips apart with libraries that people build editors with, and decodes what they
// find with WebCodecs. Each function returns the clock's levels and time of each picture, and the sound.

const RATE = 48_000;

/** Collects decoded pictures and sound. */
function collector(heights) {
  const pictures = [];
  let sound = new Float32Array(0);
  const canvas = new OffscreenCanvas(1, 1);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  return {
    picture(frame, seconds) {
      canvas.width = frame.displayWidth;
      canvas.height = frame.displayHeight;
      context.drawImage(frame, 0, 0);
      const levels = heights.map((y) =>
        Array.from(
          { length: 40 },
          (_, bit) => context.getImageData(32 + 24 * bit + 12, y + 16, 1, 1).data[1],
        ),
      );
      pictures.push({ ptsMs: seconds * 1000, levels });
      frame.close();
    },
    heard(data, seconds) {
      const at = Math.round(seconds * RATE);
      const plane = new Float32Array(data.numberOfFrames);
      data.copyTo(plane, { planeIndex: 0, format: 'f32-planar' });
      data.close();
      const skip = Math.max(0, -at);
      if (skip >= plane.length) return;
      if (at + plane.length > sound.length) {
        const longer = new Float32Array(2 * (at + plane.length));
        longer.set(sound);
        sound = longer;
      }
      sound.set(plane.subarray(skip), at + skip);
    },
    async result(told) {
      pictures.sort((one, other) => one.ptsMs - other.ptsMs);
      const bytes = Int16Array.from(sound, (level) => Math.round(level * 32_767));
      const url = await new Promise((resolve) => {
        const reader = new FileReader();
        reader.addEventListener('load', () => resolve(reader.result));
        reader.readAsDataURL(new Blob([bytes]));
      });
      return { ...told, pictures, sound: url.slice(url.indexOf(',') + 1) };
    },
  };
}

/** Decodes chunks that come in decoding order. A failure is thrown by `end`. */
function decoders(collected) {
  let failure = null;
  const error = (reason) => (failure ??= reason);
  const video = new VideoDecoder({
    output: (frame) => collected.picture(frame, frame.timestamp / 1e6),
    error,
  });
  const audio = new AudioDecoder({ output: (data) => collected.heard(data, data.timestamp / 1e6), error });
  return {
    video,
    audio,
    async end() {
      for (const decoder of [video, audio])
        if (decoder.state === 'configured') await decoder.flush().catch(error);
      if (failure !== null) throw failure;
    },
  };
}

const bytesOf = async (url) => (await fetch(url)).arrayBuffer();

globalThis.viewWithMp4box = async (library, url, heights) => {
  const { createFile, DataStream, Endianness } = await import(library);
  const collected = collector(heights);
  const { video, audio, end } = decoders(collected);
  const file = createFile();
  let told = null;
  const entryOf = (track, index) => file.getTrackById(track.id).mdia.minf.stbl.stsd.entries[index];
  const descriptionOf = (box) => {
    const stream = new DataStream(undefined, 0, Endianness.BIG_ENDIAN);
    box.write(stream);
    return new Uint8Array(stream.buffer, 8, stream.getPosition() - 8);
  };
  const configured = new Map();
  const configure = {
    video(track, sample) {
      if (configured.get(track.id) === sample.description_index) return;
      configured.set(track.id, sample.description_index);
      video.configure({ codec: track.codec, description: descriptionOf(sample.description.avcC) });
    },
    audio(track) {
      if (configured.has(track.id)) return;
      configured.set(track.id, 0);
      const [codec] = track.codec.split('-');
      const isAac = codec.startsWith('mp4a');
      const info = isAac ? entryOf(track, 0).esds.esd.descs[0].descs[0].data : null;
      const { sample_rate: sampleRate, channel_count: numberOfChannels } = track.audio;
      const description = isAac ? { description: Uint8Array.from(info) } : {};
      audio.configure({ codec: codec.toLowerCase(), sampleRate, numberOfChannels, ...description });
    },
  };
  file.addEventListener?.('error', () => {});
  file.onReady = (info) => {
    const [track] = info.videoTracks;
    const seconds = info.duration / info.timescale;
    told = {
      durationMs: seconds * 1000,
      framesPerSecond: track.nb_samples / (track.duration / track.timescale),
    };
    for (const one of info.tracks) file.setExtractionOptions(one.id, one, { nbSamples: 1_000_000 });
    file.start();
  };
  file.onSamples = (_id, track, samples) => {
    const kind = track.video === undefined ? 'audio' : 'video';
    const Chunk = kind === 'video' ? EncodedVideoChunk : EncodedAudioChunk;
    for (const sample of samples) {
      configure[kind](track, sample);
      const timestamp = Math.round((sample.cts / sample.timescale) * 1e6);
      const type = sample.is_sync ? 'key' : 'delta';
      (kind === 'video' ? video : audio).decode(new Chunk({ type, timestamp, data: sample.data }));
    }
  };
  const bytes = await bytesOf(url);
  bytes.fileStart = 0;
  file.appendBuffer(bytes);
  file.flush();
  await end();
  return collected.result(told);
};

globalThis.viewWithMediabunny = async (library, url, heights) => {
  const { ALL_FORMATS, AudioSampleSink, BlobSource, Input, VideoSampleSink } = await import(library);
  const collected = collector(heights);
  const source = new BlobSource(new Blob([await bytesOf(url)]));
  const input = new Input({ source, formats: ALL_FORMATS });
  const video = await input.getPrimaryVideoTrack();
  const audio = await input.getPrimaryAudioTrack();
  // A player begins at 0.
  for await (const sample of new VideoSampleSink(video).samples(0)) {
    collected.picture(sample.toVideoFrame(), sample.timestamp);
    sample.close();
  }
  for await (const sample of new AudioSampleSink(audio).samples(0)) {
    collected.heard(sample.toAudioData(), sample.timestamp);
    sample.close();
  }
  const { averagePacketRate } = await video.computePacketStats();
  return collected.result({
    durationMs: (await input.computeDuration()) * 1000,
    framesPerSecond: averagePacketRate,
  });
};

globalThis.viewWithRemotion = async (library, url, heights) => {
  const { parseMedia } = await import(library);
  const collected = collector(heights);
  const { video, audio, end } = decoders(collected);
  const { durationInSeconds, slowFps } = await parseMedia({
    src: url,
    acknowledgeRemotionLicense: true,
    fields: { durationInSeconds: true, slowFps: true },
    onVideoTrack: ({ track }) => {
      video.configure({ codec: track.codec, description: track.description });
      return (sample) => video.decode(new EncodedVideoChunk(sample));
    },
    onAudioTrack: ({ track }) => {
      const { codec, sampleRate, numberOfChannels, description } = track;
      audio.configure({ codec, sampleRate, numberOfChannels, description });
      return (sample) => audio.decode(new EncodedAudioChunk(sample));
    },
  });
  await end();
  return collected.result({ durationMs: durationInSeconds * 1000, framesPerSecond: slowFps });
};
