#!/usr/bin/env bash
# LiveKit 1.13.5 (github.com/livekit/livekit-server, Go): the loudness that speakers send with each packet of sound (RFC 6464,
# ssrc-audio-level) reaches the server alone. It takes the header extension from publishers and offers none to subscribers, so
# a recorder or a bot that wants to know who is loud has to decode the sound.
#
# Expected: a selective forwarding unit passes the audio level on, as it does the capture time, or adds it by itself.
# Seen: among the extensions for sound of the publishers' side is ssrc-audio-level; on the subscribers' side is
# abs-capture-time and not ssrc-audio-level. What subscribers are told instead are speaker updates.
#
# The script fetches the server's module in a temporary folder, asks its own code for the configuration of both sides, and
# fails if that changes. It needs Go; compiling takes some minutes at the first time.
set -euo pipefail

folder=$(mktemp -d)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
cd "$folder"
go mod init extensions >/dev/null 2>&1
go get github.com/livekit/livekit-server@v1.13.5 >/dev/null 2>&1

cat >main.go <<'GO'
package main

import (
	"fmt"
	"slices"

	"github.com/livekit/livekit-server/pkg/config"
	"github.com/livekit/livekit-server/pkg/rtc"
	"github.com/pion/sdp/v3"
)

func main() {
	conf, err := config.NewConfig("development: true", true, nil, nil)
	if err != nil {
		panic(err)
	}
	webrtc, err := rtc.NewWebRTCConfig(conf)
	if err != nil {
		panic(err)
	}
	const captureTime = "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time"
	for name, sound := range map[string][]string{
		"from publishers": webrtc.Publisher.RTPHeaderExtension.Audio,
		"to subscribers":  webrtc.Subscriber.RTPHeaderExtension.Audio,
	} {
		fmt.Printf("%s: audio level %v, capture time %v\n", name,
			slices.Contains(sound, sdp.AudioLevelURI), slices.Contains(sound, captureTime))
	}
}
GO
go mod tidy >/dev/null 2>&1
go run . | sort | tee seen

cat >expected <<'TEXT'
from publishers: audio level true, capture time true
to subscribers: audio level false, capture time true
TEXT
diff expected seen && echo "as described"
