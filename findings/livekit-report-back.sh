#!/usr/bin/env bash
# LiveKit 1.13.5 (github.com/livekit/livekit-server, Go): when a sender's sound stands still for a while (its device sleeps, its
# machine is busy), subscribers are told a wrong time of the sound for about as long again afterwards.
#
# A browser whose microphone or tab gives no sound sends no packets, but goes on sending reports, whose RTP time runs on with the
# clock. When sound comes back, its RTP time goes on where it stopped, so the next report's RTP time is less than the last one's.
#
# Expected: the server passes the newest report on, by its NTP time, so that receivers know the new relation of RTP time and clock
# at once (RFC 3550, 6.4.1 ties both to the instant of the report; nothing says that RTP time must grow).
# Seen: a report whose RTP time goes back is refused, until RTP time has grown beyond that of the last one before. After a stall of
# 4 s with reports each second, 3 reports are refused, and a receiver that trusts reports plays the sound 4 s early for 3 s.
#
# The script fetches the server's module in a temporary folder, gives its own receiver such packets and reports, and fails if that
# changes. It needs Go; compiling takes some minutes at the first time.
set -euo pipefail

folder=$(mktemp -d)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
cd "$folder"
go mod init reports >/dev/null 2>&1
go get github.com/livekit/livekit-server@v1.13.5 >/dev/null 2>&1

cat >main.go <<'GO'
package main

import (
	"fmt"
	"time"

	"github.com/livekit/livekit-server/pkg/sfu/rtpstats"
	"github.com/livekit/mediatransportutil"
	"github.com/livekit/protocol/livekit"
	"github.com/livekit/protocol/logger"
)

const (
	clockRate   = 48000
	stallAtMs   = 5000
	stallMs     = 4000
	packetMs    = 20
	reportEvery = 1000
	endMs       = 15000
)

func main() {
	stats := rtpstats.NewRTPStatsReceiver(rtpstats.RTPStatsParams{})
	stats.SetLogger(logger.GetDiscardLogger())
	stats.SetClockRate(clockRate)
	start := time.Now()
	sequence := uint16(1)
	toRtp := func(ms int) uint32 { return uint32(ms * clockRate / 1000) }
	for ms := 0; ms <= endMs; ms += packetMs {
		now := start.Add(time.Duration(ms) * time.Millisecond)
		isStalled := ms >= stallAtMs && ms < stallAtMs+stallMs
		// RTP time of the sound that is captured now: the stall is missing in it.
		mediaMs := ms
		if ms >= stallAtMs+stallMs {
			mediaMs = ms - stallMs
		}
		if !isStalled {
			stats.Update(now.UnixNano(), sequence, toRtp(mediaMs), false, 12, 100, 0)
			sequence++
		}
		if ms%reportEvery != 500 {
			continue
		}
		isTaken := stats.SetRtcpSenderReportData(&livekit.RTCPSenderReportState{
			RtpTimestamp: toRtp(mediaMs),
			NtpTimestamp: uint64(mediatransportutil.ToNtpTime(now)),
			At:           now.UnixNano(),
		})
		// By the report that is passed on, the sound of now was captured so much earlier than it was.
		newest := stats.GetRtcpSenderReportData()
		reportMs := mediatransportutil.NtpTime(newest.NtpTimestamp).Time().Sub(start).Milliseconds()
		toldMs := int(reportMs) + mediaMs - int(newest.RtpTimestamp)*1000/clockRate
		what := "sound"
		if isStalled {
			what = "stalled"
		}
		early := ((ms-toldMs)+50) / 100 * 100
		fmt.Printf("at %4.1f s: %-7s report taken %-5v sound told %d ms early\n", float64(ms)/1000, what, isTaken, early)
	}
}
GO
go mod tidy >/dev/null 2>&1
go run . | tee seen

told() { sed -n "s/^at *$1 s: [a-z]* *report taken \([a-z]*\) *sound told \([0-9]*\) ms early$/\1 \2/p" seen; }
[ "$(told 8.5)" = 'true 0' ] && [ "$(told 9.5)" = 'false 4000' ] && [ "$(told 11.5)" = 'false 4000' ] && [ "$(told 12.5)" = 'true 0' ]
echo "as described"
