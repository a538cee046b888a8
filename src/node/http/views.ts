import type { NodeId } from '../../committee/index.ts';
import type { Delivery, NodeStatus, QuorumcastNode } from '../api.ts';
import { decodeUtf8 } from './body.ts';
import { HttpProblem } from './problem.ts';
import type { JsonOf } from './schemas.ts';

/** A delivery as JSON: its bytes in base64, and as text where they are one. */
export function deliveryView(delivery: Delivery): JsonOf<'Delivery'> {
  const { sender, senderName, seq, digest, cursor, payload } = delivery;
  const base64 = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('base64');
  const text = decodeUtf8(payload);
  const view = { sender, senderName, seq, digest, cursor, bytes: payload.length, base64 };
  return text === undefined ? view : { ...view, text };
}

/** The member that a path names, by name or, if none is called that, by number. @throws HttpProblem 404 */
export function senderOf(node: QuorumcastNode, text: string): NodeId {
  const { streams } = node.status();
  const found =
    streams.find(({ name }) => name === text) ?? streams.find(({ sender }) => String(sender) === text);
  if (found !== undefined) return found.sender;
  throw new HttpProblem(404, `no member is called "${text.slice(0, 64)}"`, {
    code: 'ERR_NOT_FOUND',
    hint: `the members are ${streams.map(({ name }) => name).join(', ')}`,
  });
}

/** The answer for a message that this node knows nothing of. */
export function unknownMessage(status: NodeStatus, sender: NodeId, seq: number): HttpProblem {
  const name = status.streams.find((stream) => stream.sender === sender)?.name ?? String(sender);
  return new HttpProblem(404, `nothing is known here of ${name}#${seq}`, {
    code: 'ERR_NOT_FOUND',
    hint: 'it was not broadcast yet, or nothing of it has arrived here',
    retryable: true,
  });
}
