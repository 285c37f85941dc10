#!/usr/bin/env bash
# MoviePy 2.2.1 and ImageIO 2.38.1 (PyPI), with the ffmpeg that imageio-ffmpeg 0.8.1 brings (9.0.2): a video whose pictures don't come
# at a constant rate, as recordings of screens are, plays in slow motion, and its end is never shown.
#
# Expected: what is asked for at 10 s is what is on screen at 10 s, whatever the times of the pictures are, and there are as many
# pictures as are counted.
# Seen: both tell the mean rate and the number of pictures in the file (12.6 a second, 252), but read from a pipe that ffmpeg fills
# at the file's highest rate (30 a second, repeating pictures), and count there by the mean rate. So a film that MoviePy writes shows
# second 4 at 10 s and second 8 at 19 s, and ends there, while its sound is in true time; asked for one picture far away, MoviePy
# seeks and is right, so a preview doesn't show it. ImageIO reads 600 pictures of the 252 that it counts, and the same number is
# another picture when it is sought.
#
# The script makes such a video, its brightness telling the second, asks both, and fails if what it sees changes. x64 Linux.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet imageio-ffmpeg==0.8.1 moviepy==2.2.1 imageio==2.38.1

cat >run.py <<'PY'
import subprocess
import imageio
import imageio_ffmpeg
from moviepy import VideoFileClip

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


with VideoFileClip("screen.mp4") as clip:
    print(f"MoviePy: {clip.fps} pictures a second, {clip.duration:.0f} s")
    played = {round(time, 1): second_of(picture) for time, picture in clip.iter_frames(with_times=True)}
for time in [3, 10, 19]:
    nearest = min(played, key=lambda at: abs(at - time))
    with VideoFileClip("screen.mp4") as clip:
        print(f"MoviePy at {time} s: second {played[nearest]} when played, {second_of(clip.get_frame(time))} when sought")

reader = imageio.get_reader("screen.mp4", "ffmpeg")
print(f"ImageIO: {reader.get_meta_data()['fps']} pictures a second, {reader.count_frames()} pictures")
in_order = [second_of(picture) for picture in reader.iter_data()]
print(f"ImageIO in order: {len(in_order)} pictures")
for number in [119, 200]:
    reader = imageio.get_reader("screen.mp4", "ffmpeg")
    print(f"ImageIO picture {number}: second {in_order[number]} in order, {second_of(reader.get_data(number))} by number")
PY
python/bin/python run.py | tee seen

cat >expected <<'TEXT'
MoviePy: 12.6 pictures a second, 20 s
MoviePy at 3 s: second 1 when played, 1 when sought
MoviePy at 10 s: second 4 when played, 10 when sought
MoviePy at 19 s: second 8 when played, 19 when sought
ImageIO: 12.6 pictures a second, 252 pictures
ImageIO in order: 600 pictures
ImageIO picture 119: second 3 in order, 10 by number
ImageIO picture 200: second 6 in order, 16 by number
TEXT
diff expected seen && echo "as described"
