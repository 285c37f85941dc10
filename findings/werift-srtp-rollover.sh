#!/usr/bin/env bash
# werift 0.25.2 (npm; a WebRTC stack in TypeScript): an SRTP receiver that misses packets on both sides of the turn of the
# 16-bit sequence number counts the roll-over wrongly and from then on refuses every packet of that stream as forged.
#
# Expected (RFC 3711, 3.3.1 and appendix A): the receiver guesses a packet's index as the one nearest to the highest index it
# has authenticated, so a loss of fewer than 32,768 packets anywhere costs those packets alone.
# Seen: 60 packets lost around the turn cost nothing more; 300 lost around the turn cost all of the 131,072 packets that follow.
# The same number lost elsewhere costs nothing more. Both protection profiles behave alike.
#
# The script installs the library in a temporary folder, runs sender and receiver sessions of its own in one process, and
# fails if what it counts changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund werift@0.25.2

cat >run.mjs <<'JS'
import { randomBytes } from 'node:crypto';
import { RtpHeader, SrtpSession } from 'werift';

const TURN = 65_536;
const FOLLOWING = 2 * TURN;
const PROFILES = { AES_CM_128_HMAC_SHA1_80: { id: 1, salt: 14 }, AEAD_AES_128_GCM: { id: 7, salt: 12 } };

/** Counts how many of the packets behind a loss of [from, to) are refused. */
function refusedBehind({ id, salt }, from, to) {
  const keys = { masterKey: randomBytes(16), masterSalt: randomBytes(salt) };
  const session = () =>
    new SrtpSession({
      profile: id,
      keys: {
        localMasterKey: keys.masterKey,
        localMasterSalt: keys.masterSalt,
        remoteMasterKey: keys.masterKey,
        remoteMasterSalt: keys.masterSalt,
      },
    });
  const [sender, receiver] = [session(), session()];
  let refused = 0;
  for (let index = TURN - 1000; index < to + FOLLOWING; index++) {
    const header = new RtpHeader({
      version: 2,
      payloadType: 96,
      ssrc: 1,
      sequenceNumber: index % TURN,
      timestamp: index * 3000,
    });
    const packet = sender.encrypt(Buffer.from('picture'), header);
    if (index >= from && index < to) continue;
    try {
      receiver.decrypt(packet);
    } catch {
      refused++;
    }
  }
  return refused;
}

for (const [name, profile] of Object.entries(PROFILES)) {
  const row = {
    'nothing lost': refusedBehind(profile, TURN, TURN),
    '300 lost before the turn': refusedBehind(profile, TURN - 600, TURN - 300),
    '60 lost around the turn': refusedBehind(profile, TURN - 30, TURN + 30),
    '300 lost around the turn': refusedBehind(profile, TURN - 150, TURN + 150),
  };
  console.log(`${name} refused of ${FOLLOWING}: ${Object.entries(row).map((entry) => entry.join(': ')).join(', ')}`);
}
JS
node run.mjs | tee seen

cat >expected <<'TEXT'
AES_CM_128_HMAC_SHA1_80 refused of 131072: nothing lost: 0, 300 lost before the turn: 0, 60 lost around the turn: 0, 300 lost around the turn: 131072
AEAD_AES_128_GCM refused of 131072: nothing lost: 0, 300 lost before the turn: 0, 60 lost around the turn: 0, 300 lost around the turn: 131072
TEXT
diff expected seen && echo "as described"
