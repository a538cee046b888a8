import type { NodeId } from '../../committee/index.ts';
import type { MessageLabel } from '../event.ts';

/** Names messages, the same one the same in every run: what a shortened list of decisions hangs on. */
export class LetterNames {
  readonly #counts = new Map<string, number>();

  next(from: NodeId, to: NodeId, { kind, sender, instance, digest }: MessageLabel): string {
    const name = `${from}>${to} ${kind} ${sender ?? ''}:${instance ?? ''} ${digest ?? ''}`;
    const count = (this.#counts.get(name) ?? 0) + 1;
    this.#counts.set(name, count);
    return `${name} ${count}`;
  }
}
