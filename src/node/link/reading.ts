import { type ConnectOpts, Socket, type SocketConstructorOpts } from 'node:net';
import type { TLSSocket } from 'node:tls';

/** TLS hands out at most one record at a time. */
const READ_BYTES = 16_384;

/** What reads of one socket go through. */
type OnRead = (length: number, buffer: Uint8Array) => boolean;

/**
 * Hands each piece that comes in to `onBytes`, which keeps no reference: it stands in a buffer that the next piece
 * overwrites. Without it TLS would allocate a buffer for every 16 KiB, and the engine would collect them.
 *
 * Node offers that to those who dial (`onread`), and not for sockets that a server accepted. They read the same way
 * underneath, from the same two properties: whichever Node gives to a socket that is made with `onread`. Should a version
 * of Node have no such thing, pieces come as 'data' events as ever.
 */
export function readFrom(socket: TLSSocket, onBytes: (bytes: Uint8Array) => void): void {
  socket.on('data', onBytes);
  const handle: unknown = Reflect.get(socket, '_handle');
  if (KEYS === undefined || socket.readableLength > 0 || !takesBuffer(handle)) return;
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  const onRead: OnRead = (length) => {
    onBytes(buffer.subarray(0, length));
    return true;
  };
  Reflect.set(socket, KEYS.buffer, buffer);
  Reflect.set(socket, KEYS.onRead, onRead);
  handle.useUserBuffer(buffer);
}

interface TakesBuffer {
  useUserBuffer(buffer: Uint8Array): void;
}

function takesBuffer(handle: unknown): handle is TakesBuffer {
  return (
    typeof handle === 'object' &&
    handle !== null &&
    'useUserBuffer' in handle &&
    typeof handle.useUserBuffer === 'function'
  );
}

/** Where a socket has its buffer and what is called with it; undefined if that cannot be told. */
const KEYS = keysOfReading();

function keysOfReading(): { readonly buffer: symbol; readonly onRead: symbol } | undefined {
  const buffer = new Uint8Array(1);
  const callback: OnRead = () => true;
  const options: SocketConstructorOpts & ConnectOpts = { onread: { buffer, callback } };
  const probe = new Socket(options);
  const keys = Object.getOwnPropertySymbols(probe);
  probe.destroy();
  const keyOf = (value: unknown): symbol | undefined => keys.find((key) => Reflect.get(probe, key) === value);
  const found = { buffer: keyOf(buffer), onRead: keyOf(callback) };
  return found.buffer === undefined || found.onRead === undefined
    ? undefined
    : { buffer: found.buffer, onRead: found.onRead };
}
