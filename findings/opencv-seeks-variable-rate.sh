#!/usr/bin/env bash
# OpenCV 5.0.0.93 (opencv-python-headless on PyPI): in a video whose pictures don't come at a constant rate, as recordings of
# screens are, a seek lands many seconds away, by the number of a picture as well as by time, and neither says so.
#
# Expected: CAP_PROP_POS_FRAMES=n shows the n-th picture that reading in order shows, and CAP_PROP_POS_MSEC=t the one that is on
# screen at t; both know the times of the pictures from the file.
# Seen: both work with the mean rate (252 pictures in 20 s: 12.6 a second). In a screen that moves for 4 s, stands still for 12 s
# and moves for 4 s, picture 119 (of second 3) is answered with one of second 17, and the time 6 s with second 16; at 15 s nothing
# is read at all. Reading in order shows every picture.
#
# The script makes such a video with the ffmpeg of imageio-ffmpeg 0.8.1 (PyPI), its brightness telling the second, reads it in order
# and by seeks, and fails if what it sees changes. x64 Linux, Python 3.11 or so.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet imageio-ffmpeg==0.8.1 opencv-python-headless==5.0.0.93

cat >run.py <<'PY'
import subprocess
import cv2
import imageio_ffmpeg

# Each second is brighter than the last by 10. From 4 to 16 s there is one picture a second.
pictures = (
    "nullsrc=s=320x180:r=30:d=20,format=yuv420p,geq=lum='20+10*floor(T)':cb=128:cr=128,"
    "select='lt(t,4)+gte(t,16)+not(mod(n,30))'"
)
subprocess.run(
    [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "lavfi", "-i", pictures, "-fps_mode", "vfr"]
    + ["-c:v", "libx264", "-g", "60", "-bf", "0", "screen.mp4"],
    check=True,
)


def second_of(picture):
    return round((float(picture.mean()) * 219 / 255 + 16 - 20) / 10)


video = cv2.VideoCapture("screen.mp4")
in_order = []
while True:
    is_read, picture = video.read()
    if not is_read:
        break
    in_order.append(second_of(picture))
is_whole = sorted(set(in_order)) == list(range(20))
print(f"in order: {len(in_order)} pictures, {video.get(cv2.CAP_PROP_FPS)} a second, every second there: {is_whole}")


def seek(what, to):
    video = cv2.VideoCapture("screen.mp4")
    accepted = video.set(what, to)
    is_read, picture = video.read()
    return f"{'accepted' if accepted else 'refused'}, {f'second {second_of(picture)}' if is_read else 'nothing read'}"


for number in [60, 119, 130]:
    print(f"picture {number} is of second {in_order[number]}: {seek(cv2.CAP_PROP_POS_FRAMES, number)}")
for time in [2, 6, 15]:
    print(f"at {time} s: {seek(cv2.CAP_PROP_POS_MSEC, time * 1000)}")
PY
python/bin/python run.py | tee seen

cat >expected <<'TEXT'
in order: 252 pictures, 12.6 a second, every second there: True
picture 60 is of second 2: accepted, second 3
picture 119 is of second 3: accepted, second 17
picture 130 is of second 14: accepted, second 18
at 2 s: accepted, second 0
at 6 s: accepted, second 16
at 15 s: accepted, nothing read
TEXT
diff expected seen && echo "as described"
