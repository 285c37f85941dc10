export interface IceCandidate {
  candidate: string;
  sdpMid?: string;
  sdpMLineIndex?: number;
}

/** Reads LiveKit's `candidateInit`, the JSON of an RTCIceCandidateInit. Returns null when it is none. */
export function parseCandidate(text: string): IceCandidate | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  if (!('candidate' in value) || typeof value.candidate !== 'string') return null;
  const result: IceCandidate = { candidate: value.candidate };
  if ('sdpMid' in value && typeof value.sdpMid === 'string') result.sdpMid = value.sdpMid;
  if ('sdpMLineIndex' in value && typeof value.sdpMLineIndex === 'number') {
    result.sdpMLineIndex = value.sdpMLineIndex;
  }
  return result;
}
