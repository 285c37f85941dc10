// Leads this page's media through the test's relay: LiveKit's address is replaced where the page learns it, and the page's own addresses
// are hidden by the browser, so there is no other way.
const { addIceCandidate, setRemoteDescription } = RTCPeerConnection.prototype;

RTCPeerConnection.prototype.addIceCandidate = async function addRelayed(candidate) {
  const text = candidate?.candidate ?? '';
  const [, port] = / udp \d+ \S+ (\d+) typ host/i.exec(text) ?? [];
  if (port === undefined) return undefined;
  const relayed = text.replace(
    / \S+ \d+ typ host/,
    ` 127.0.0.1 ${await relayedMediaPort(Number(port))} typ host`,
  );
  const { sdpMid, sdpMLineIndex } = candidate;
  return addIceCandidate.call(this, { candidate: relayed, sdpMid, sdpMLineIndex });
};

RTCPeerConnection.prototype.setRemoteDescription = function withoutCandidates({ type, sdp }) {
  return setRemoteDescription.call(this, { type, sdp: sdp.replaceAll(/^a=candidate:.*\r\n/gm, '') });
};
