#!/usr/bin/env bash
# faster-whisper 1.2.1, pydub 0.25.1 and librosa 0.11.0 (PyPI), with the ffmpeg of imageio-ffmpeg 0.8.1: what they make of a recorded
# voice that began late and was muted in between has neither of the two pauses.
#
# Expected: a microphone that is muted sends no packets, and MP4 says by its times where they are missing: by an edit list at the
# beginning, by a long sample in between. ffprobe and players follow that. So do tools that turn the sound into samples: what is said at
# 9 s is 9 s from the beginning of the samples, and subtitles made from them fit the picture.
# Seen: all three put the samples of all packets one behind the other. What is heard at 3 s comes at 0.4 s, and what is heard at 9 s,
# after two seconds of mute, at 4.4 s. Nothing is said about it. With ffmpeg's own `aresample=async=1:first_pts=0` both pauses are
# there as silence.
#
# The script makes such a file, which beeps at each full second, and fails if what it sees changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet faster-whisper==1.2.1 av==18.1.0 pydub==0.25.1 librosa==0.11.0 imageio-ffmpeg==0.8.1
ln -s "$(python/bin/python -c 'import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())')" ffmpeg
export PATH="$folder:$PATH"

# The voice is there from 2.6 to 6.5 s, and again from 8.5 s on.
ffmpeg -v error -f lavfi -i color=c=gray:s=320x180:r=15:d=12 \
  -f lavfi -i "aevalsrc='0.5*sin(2*PI*1000*t)*lt(mod(t,1),0.1)':s=48000:d=12" \
  -af "aselect='between(t,2.6,6.5)+gte(t,8.5)'" -c:v libx264 -c:a aac voice.mp4
ffmpeg -v error -i voice.mp4 -af aresample=async=1:first_pts=0 -ac 1 filled.wav

cat >run.py <<'PY'
import warnings

import av
import librosa
import numpy as np
from faster_whisper import decode_audio
from pydub import AudioSegment

warnings.simplefilter("ignore")


def beeps(samples, rate, begin=0.0):
    samples = np.abs(np.asarray(samples, dtype=float))
    found = []
    for index in np.where(samples > samples.max() * 0.3)[0]:
        at = begin + index / rate
        if not found or at - found[-1] > 0.5:
            found.append(at)
    return found


def told(name, times):
    print(f"{name}: {' '.join(f'{abs(at):.1f}' for at in times)}")


heard = []
with av.open("voice.mp4") as file:
    for frame in file.decode(audio=0):
        sound = np.abs(frame.to_ndarray()).max(axis=0)
        loud = np.where(sound > 0.2)[0]
        if len(loud) and (not heard or frame.time - heard[-1] > 0.5):
            heard.append(frame.time + loud[0] / frame.sample_rate)
told("by the times of the file", heard)
told("faster-whisper", beeps(decode_audio("voice.mp4"), 16_000))
segment = AudioSegment.from_file("voice.mp4")
told("pydub", beeps(np.array(segment.get_array_of_samples())[:: segment.channels], segment.frame_rate))
told("librosa", beeps(*librosa.load("voice.mp4", sr=16_000)))
filled = AudioSegment.from_file("filled.wav")
told("filled with silence", beeps(np.array(filled.get_array_of_samples()), filled.frame_rate))
PY
python/bin/python run.py 2>/dev/null | tee seen

cat >expected <<'TEXT'
by the times of the file: 3.0 4.0 5.0 6.0 9.0 10.0 11.0
faster-whisper: 0.4 1.4 2.4 3.4 4.4 5.4 6.4
pydub: 0.4 1.4 2.4 3.4 4.4 5.4 6.4
librosa: 0.4 1.4 2.4 3.4 4.4 5.4 6.4
filled with silence: 3.0 4.0 5.0 6.0 9.0 10.0 11.0
TEXT
diff expected seen && echo "as described"
