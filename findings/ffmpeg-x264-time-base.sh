#!/usr/bin/env bash
# ffmpeg 7.0.2 with libx264 (the build in imageio-ffmpeg 0.6.0, PyPI; Debian's 5.1.9 writes the same): `-enc_time_base 1/90000`, which keeps
# the times of pictures that come at no constant rate, also becomes the rate of pictures that the H.264 stream tells of itself.
#
# Expected: the time base says in what ticks times are counted. The parameter sets go on telling the rate of the pictures, 25 a second
# here (50 ticks a second, two to a picture: ISO/IEC 14496-10, E.2.1), and at the latest `-x264-params fps=25`, x264's own setting, does.
# Seen: they tell 180,000 ticks a second in both cases. ffmpeg then names 180,000 as the stream's rate ("tbr") in place of 50, and
# GStreamer 1.22 told 90,000 pictures a second of an MP4 of it. `-bsf:v h264_metadata=tick_rate=50` behind the encoder puts it right.
#
# The script installs the package in a temporary folder, encodes 50 pictures in each way, reads what the streams tell, and fails if
# what it sees changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip --quiet --disable-pip-version-check install imageio-ffmpeg==0.6.0
ffmpeg=$(venv/bin/python -c 'import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())')

# Prints the ticks a second that the parameter sets tell, and the rate that ffmpeg makes of it.
look() {
  local name=$1
  shift
  "$ffmpeg" -v error -f lavfi -i testsrc2=size=320x180:rate=25:duration=2 -pix_fmt yuv420p -c:v libx264 -preset veryfast -bf 0 "$@" \
    -f h264 "$name.h264"
  "$ffmpeg" -hide_banner -i "$name.h264" -c copy -bsf:v trace_headers -f null - >"$name.txt" 2>&1
  local ticks rate
  ticks=$(grep -m 1 -E ' time_scale ' "$name.txt" | grep -oE '[0-9]+$')
  rate=$(grep -m 1 -oE '[0-9.]+k? tbr' "$name.txt")
  echo "$name: $ticks ticks a second, $rate"
}

{
  "$ffmpeg" -version | head -1 | cut -d' ' -f1-3
  look usual
  look time-base -fps_mode passthrough -enc_time_base 1/90000
  look with-fps -fps_mode passthrough -enc_time_base 1/90000 -x264-params fps=25
  look with-tick-rate -fps_mode passthrough -enc_time_base 1/90000 -bsf:v h264_metadata=tick_rate=50
} | tee seen

cat >expected <<'TEXT'
ffmpeg version 7.0.2-static
usual: 50 ticks a second, 50 tbr
time-base: 180000 ticks a second, 180k tbr
with-fps: 180000 ticks a second, 180k tbr
with-tick-rate: 50 ticks a second, 50 tbr
TEXT
diff expected seen && echo "as described"
