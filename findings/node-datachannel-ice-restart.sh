#!/usr/bin/env bash
# node-datachannel 0.33.4 (npm; libdatachannel for Node): a connection refuses an offer that restarts ICE. Servers send one
# whenever a client's signalling was interrupted, LiveKit does so on each resume, and expect the media to go on.
#
# Expected: an offer with new ICE credentials is answered with new ones, and the connection goes on (RFC 8829, 5.3.1; RFC 8839,
# 4.4.1.1.1). An offer that keeps the credentials is answered.
# Seen: the offer that keeps them is answered. The one with new ones throws "Invalid ICE settings from remote SDP"; the connection
# stays as it was, so that only a new connection helps.
#
# The script connects werift 0.25.2 (npm), which makes both offers, with node-datachannel on loopback, and fails if what it
# sees changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund node-datachannel@0.33.4 werift@0.25.2

cat >run.mjs <<'JS'
import nodeDataChannel from 'node-datachannel';
import { RTCPeerConnection } from 'werift';

const offerer = new RTCPeerConnection({ iceServers: [] });
const channel = offerer.createDataChannel('any');
const answerer = new nodeDataChannel.PeerConnection('answerer', { iceServers: [] });
const hasGathered = new Promise((resolve) =>
  answerer.onGatheringStateChange((state) => state === 'complete' && resolve()),
);
const ufrag = () => /a=ice-ufrag:(\S+)/.exec(offerer.localDescription.sdp)[1];

/** Offers, and returns what node-datachannel says: null when it has answered. */
async function offer(options) {
  await offerer.setLocalDescription(await offerer.createOffer(options));
  try {
    answerer.setRemoteDescription(offerer.localDescription.sdp, 'offer');
  } catch (error) {
    return error.message;
  }
  await hasGathered;
  await offerer.setRemoteDescription({ type: 'answer', sdp: answerer.localDescription().sdp });
  return null;
}

const first = await offer();
if (channel.readyState !== 'open')
  await new Promise((resolve) => channel.stateChanged.subscribe((state) => state === 'open' && resolve()));
const original = ufrag();
const again = await offer();
const kept = ufrag() === original;
const restarted = await offer({ iceRestart: true });
const changed = ufrag() !== original;
console.log({ first, again, kept, restarted, changed, state: answerer.state() });
const isAsSeen =
  first === null && again === null && kept && changed && /Invalid ICE settings from remote SDP/.test(restarted ?? '') &&
  answerer.state() === 'connected';
process.exit(isAsSeen ? 0 : 1);
JS

if timeout 120 node run.mjs; then
  echo 'As seen: an offer that restarts ICE is refused, and one that does not is answered.'
else
  echo 'Changed: node-datachannel does something else with an offer that restarts ICE, or could not connect.' >&2
  exit 1
fi
