import { once } from 'node:events';
import { createServer } from 'node:http';
import {
  DisconnectReason,
  JoinResponse,
  LeaveRequest,
  ParticipantInfo,
  SignalRequest,
  SignalResponse,
  type LeaveRequest_Action,
} from '@livekit/protocol';
import { WebSocketServer, type WebSocket } from 'ws';

/** A connection to the server: how it was opened, and what has been asked on it since. */
export interface SignalCall {
  query: URLSearchParams;
  socket: WebSocket;
  requests: SignalRequest['message'][];
}

export interface SignalServer {
  url: string;
  /** The connections, oldest first. */
  calls: SignalCall[];
  close(): void;
}

/**
 * Serves LiveKit's signalling without a LiveKit behind it. It answers each connection in turn with the given answers, and
 * ignores those after the last answer.
 */
export async function serveSignalling(...answers: ((socket: WebSocket) => void)[]): Promise<SignalServer> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const calls: SignalCall[] = [];
  new WebSocketServer({ server }).on('connection', (socket, { url }) => {
    const call: SignalCall = {
      query: new URL(url ?? '', 'http://localhost').searchParams,
      socket,
      requests: [],
    };
    calls.push(call);
    socket.on('message', (data: Buffer) => call.requests.push(SignalRequest.fromBinary(data).message));
    answers[calls.length - 1]?.(socket);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    calls,
    close() {
      server.close();
      for (const { socket } of calls) socket.terminate();
    },
  };
}

export function send(socket: WebSocket, message: SignalResponse['message']): void {
  socket.send(new SignalResponse({ message }).toBinary());
}

/** Accepts a join, with these participants in the room. */
export function sendJoin(
  socket: WebSocket,
  otherParticipants: ParticipantInfo[] = [],
  pingSeconds = 0,
): void {
  send(socket, {
    case: 'join',
    value: new JoinResponse({
      participant: new ParticipantInfo({ sid: 'PA_1' }),
      otherParticipants,
      pingInterval: pingSeconds,
      pingTimeout: pingSeconds,
    }),
  });
}

export function sendLeave(
  socket: WebSocket,
  action: LeaveRequest_Action,
  reason = DisconnectReason.UNKNOWN_REASON,
): void {
  send(socket, { case: 'leave', value: new LeaveRequest({ action, reason }) });
}
