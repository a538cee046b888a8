import { type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { HttpProblem, problemParts } from './problem.ts';

/** Every answer carries these: nothing of it is to be kept, framed, run or guessed at. */
const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
};

/** Puts the headers on an answer that every answer carries. */
export function harden(outgoing: ServerResponse): void {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) outgoing.setHeader(name, value);
}

/** Answers with a problem where nothing has been answered yet. */
export function writeProblem(outgoing: ServerResponse, problem: HttpProblem): void {
  const { headers, body } = problemParts(problem);
  outgoing.writeHead(problem.status, { ...headers, 'Content-Length': Buffer.byteLength(body) });
  outgoing.end(body);
}

/**
 * Answers what is no HTTP, or not in time, and closes the socket. `busy` holds the sockets on which an answer is
 * under way: into those nothing more can be written.
 */
export function answerBadSockets(server: Server, busy: WeakSet<Duplex>): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (socket.writable && error.code !== 'ECONNRESET' && !busy.has(socket)) {
      socket.write(rawProblem(problemOfParser(error.code)));
    }
    socket.destroy();
  });
}

function problemOfParser(code: string | undefined): HttpProblem {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new HttpProblem(408, 'the request did not come in time');
  if (code === 'HPE_HEADER_OVERFLOW') return new HttpProblem(431, 'the headers are too long');
  return new HttpProblem(400, 'this is no HTTP request');
}

function rawProblem(problem: HttpProblem): string {
  const { headers, body } = problemParts(problem);
  const lines = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    ...Object.entries({ ...SECURITY_HEADERS, ...headers }).map(([name, value]) => `${name}: ${value}`),
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}
