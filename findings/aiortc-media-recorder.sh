#!/usr/bin/env bash
# aiortc 1.16.0 with PyAV 18.1.0 (PyPI): a recording by MediaRecorder doesn't keep when a track began, and of a screen that comes at more
# than 30 pictures a second there is no recording at all.
#
# Expected: somebody shares a screen and begins to speak three seconds later, so in the file their voice begins three seconds after
# the first picture. A screen of 60 pictures a second becomes a video of 60, or of fewer.
# Seen: the times of each received track begin with 0 at its own first packet, and MediaRecorder writes them as they are. The voice
# lies three seconds too early, so what is said at second 4 is heard at second 1. The encoder counts in thirtieths of a second,
# whatever the track has: of two pictures in the same thirtieth the muxer refuses the second ("Invalid argument") in a task that nobody
# awaits; recording seems to go on, stop() raises the same, and the file has no index, so that no player opens it.
#
# The script connects a sender and a recorder in one process, whose screen is brighter each second and whose voice beeps at each full
# second, and fails if what it sees changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet aiortc==1.16.0 av==18.1.0 numpy==2.4.6

cat >run.py <<'PY'
import asyncio
import fractions
import sys
import time

import av
import numpy as np
from aiortc import MediaStreamTrack, RTCPeerConnection
from aiortc.contrib.media import MediaRecorder

PICTURES_PER_SECOND = int(sys.argv[1])
SPEAKS_AFTER = 3
began = None


class Screen(MediaStreamTrack):
    kind = "video"
    number = 0

    async def recv(self):
        global began
        began = began or time.time()
        at = self.number / PICTURES_PER_SECOND
        await asyncio.sleep(max(0, began + at - time.time()))
        picture = np.full((180, 320, 3), 40 + 20 * int(at), np.uint8)
        frame = av.VideoFrame.from_ndarray(picture, "rgb24")
        frame.pts, frame.time_base = round(at * 90_000), fractions.Fraction(1, 90_000)
        self.number += 1
        return frame


class Voice(MediaStreamTrack):
    kind = "audio"
    number = 0

    async def recv(self):
        while began is None:
            await asyncio.sleep(0.01)
        at = SPEAKS_AFTER + self.number * 0.02
        await asyncio.sleep(max(0, began + at - time.time()))
        seconds = at + np.arange(960) / 48_000
        beep = 12_000 * np.sin(2 * np.pi * 1000 * seconds) * (seconds % 1 < 0.1)
        frame = av.AudioFrame.from_ndarray(beep.astype(np.int16).reshape(1, -1), "s16", "mono")
        frame.sample_rate, frame.pts, frame.time_base = 48_000, self.number * 960, fractions.Fraction(1, 48_000)
        self.number += 1
        return frame


async def record():
    sender, receiver = RTCPeerConnection(), RTCPeerConnection()
    recorder = MediaRecorder("out.mp4")
    receiver.on("track", recorder.addTrack)
    sender.addTrack(Screen())
    sender.addTrack(Voice())
    await sender.setLocalDescription(await sender.createOffer())
    await receiver.setRemoteDescription(sender.localDescription)
    await receiver.setLocalDescription(await receiver.createAnswer())
    await sender.setRemoteDescription(receiver.localDescription)
    await recorder.start()
    await asyncio.sleep(8)
    try:
        await recorder.stop()
        print(f"{PICTURES_PER_SECOND} pictures a second: stopped")
    except Exception as error:
        print(f"{PICTURES_PER_SECOND} pictures a second: {type(error).__name__}")
    await sender.close()
    await receiver.close()


asyncio.run(record())
try:
    with av.open("out.mp4") as file:
        shown = {round((f.to_ndarray(format="rgb24").mean() - 40) / 20): f.time for f in reversed(list(file.decode(video=0)))}
except Exception as error:
    print(f"the file can't be opened: {type(error).__name__}")
    sys.exit()
print(f"second 4 is shown at {shown[4]:.0f} s")
with av.open("out.mp4") as file:
    for frame in file.decode(audio=0):
        # The codec's own noise before the first sound is quieter.
        if abs(frame.to_ndarray()).max() > 0.1 and frame.time > 0.5:
            print(f"the beep of second 4 is heard at {frame.time:.0f} s")
            break
PY
for rate in 15 60; do python/bin/python run.py "$rate" 2>/dev/null; done | tee seen

cat >expected <<'END'
15 pictures a second: stopped
second 4 is shown at 4 s
the beep of second 4 is heard at 1 s
60 pictures a second: ArgumentError
the file can't be opened: InvalidDataError
END
diff expected seen && echo 'as described'
