import { setMaxListeners } from 'node:events';
import type { NodeEvents } from './api.ts';

/** What a node tells of itself, to whoever listens. */
export class NodeEventTarget {
  readonly #target = new EventTarget();

  constructor() {
    // As many listeners as its users like: eleven are no leak.
    setMaxListeners(0, this.#target);
  }

  add<Kind extends keyof NodeEvents>(
    kind: Kind,
    listener: (event: CustomEvent<NodeEvents[Kind]>) => void,
    options?: { readonly signal?: AbortSignal; readonly once?: boolean },
  ): void {
    this.#target.addEventListener(kind, listener as (event: Event) => void, options);
  }

  remove<Kind extends keyof NodeEvents>(
    kind: Kind,
    listener: (event: CustomEvent<NodeEvents[Kind]>) => void,
  ): void {
    this.#target.removeEventListener(kind, listener as (event: Event) => void);
  }

  emit<Kind extends keyof NodeEvents>(kind: Kind, detail: NodeEvents[Kind]): void {
    this.#target.dispatchEvent(new CustomEvent(kind, { detail }));
  }
}
