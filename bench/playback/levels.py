"""Reads each picture of a clip as an OpenCV or MoviePy program does, and prints what it has of the burnt-in clock."""

import json
import sys

library, path, heights = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])


def levels(picture):
    rows = []
    for y in heights:
        at = y + 16
        row = [int(picture[at][32 + 24 * bit + 12][1]) for bit in range(40)] if at < len(picture) else [0] * 40
        rows.append(row)
    return rows


pictures = []
if library == "cv2":
    import cv2

    video = cv2.VideoCapture(path)
    rate = video.get(cv2.CAP_PROP_FPS)
    duration = video.get(cv2.CAP_PROP_FRAME_COUNT) / rate
    while True:
        is_there, picture = video.read()
        if not is_there:
            break
        pictures.append({"ptsMs": video.get(cv2.CAP_PROP_POS_MSEC), "levels": levels(picture)})
else:
    import moviepy

    video = moviepy.VideoFileClip(path)
    rate, duration = video.fps, video.duration
    for at, picture in video.iter_frames(with_times=True):
        pictures.append({"ptsMs": float(at) * 1000, "levels": levels(picture)})

print(json.dumps({"rate": float(rate), "durationMs": duration * 1000, "pictures": pictures}))
