import { bytesEqual } from '../../src/base/index.ts';
import type { InstanceMessage } from '../../src/codec/index.ts';
import type { NodeId } from '../../src/committee/index.ts';
import type { Digest } from '../../src/crypto/index.ts';
import type { StoreMemory, StoreRecord } from '../../src/node/store/index.ts';
import { COMMITTEE, legible, SELF } from './kit.ts';

type Of<Kind extends StoreRecord['kind']> = Extract<StoreRecord, { kind: Kind }>;

/** What a store should tell of these records, worked out slowly and plainly from the list. */
export class DumbStore {
  readonly #records: readonly StoreRecord[];

  constructor(records: readonly StoreRecord[]) {
    this.#records = records;
  }

  /** As `told` of a real store whose records are all durable, and that keeps deliveries from `firstNumber` on. */
  told(firstNumber = 1): object {
    const all = this.#deliveries();
    const deliveries = all.filter((delivery) => delivery.firstNumber >= firstNumber);
    const isKept = (sender: NodeId, instance: number): boolean =>
      deliveries.some((delivery) => delivery.sender === sender && delivery.instance === instance);
    return legible({
      position: this.#records.length,
      deliveredCount: all.reduce((sum, { count }) => sum + count, 0),
      deliveries,
      entries: COMMITTEE.ids.map((sender) =>
        this.#of('delivered')
          .filter((record) => record.sender === sender && isKept(sender, record.instance))
          .map(({ instance, digest, firstSeq, count }) => {
            const echo = this.#said(sender, instance).find(({ statement }) => statement === 'echo')?.digest;
            return { digest, echo, firstSeq, count };
          }),
      ),
      found: deliveries.flatMap(({ instance, firstNumber, count }) =>
        Array.from({ length: count }, (_, index) => ({ instance, number: firstNumber + index })),
      ),
      peers: [
        ...new Map(this.#of('peer').map(({ member, logId, position }) => [member, { logId, position }])),
      ],
      consumers: [...new Map(this.#of('cursor').map(({ consumer, number }) => [consumer, number]))],
    }) as object;
  }

  memory(): StoreMemory {
    const own = this.#of('said').filter(({ statement }) => statement === 'initial');
    const sum = (counts: readonly { count: number }[]): number =>
      counts.reduce((all, { count }) => all + count, 0);
    const streams = COMMITTEE.ids.map((sender) => {
      const delivered = this.#of('delivered').filter((record) => record.sender === sender);
      return { base: delivered.length + 1, nextSeq: sum(delivered) + 1 };
    });
    const open = COMMITTEE.ids.flatMap((sender) => {
      const said = this.#of('said').filter((record) => record.sender === sender);
      return [...new Set(said.map(({ instance }) => instance))]
        .filter((instance) => instance >= (streams[sender]?.base ?? 0))
        .sort((a, b) => a - b)
        .map((instance) => ({ sender, instance, said: this.#repeated(sender, instance) }));
    });
    return { streams, own: { nextInstance: own.length + 1, nextSeq: sum(own) + 1 }, open };
  }

  payload(digest: Digest): Uint8Array {
    const kept = this.#of('keep').find((record) => bytesEqual(record.digest, digest));
    return kept?.payload ?? new Uint8Array(0);
  }

  #deliveries() {
    let next = 1;
    return this.#of('delivered').map(({ kind: _, digest, ...about }) => {
      const firstNumber = next;
      next += about.count;
      return { ...about, firstNumber, payload: this.payload(digest) };
    });
  }

  #repeated(sender: NodeId, instance: number): InstanceMessage[] {
    return this.#said(sender, instance).flatMap(({ statement, digest }): InstanceMessage[] => {
      if (statement === 'initial') return [{ kind: 'initial', payload: this.payload(digest) }];
      if (statement === 'ready' || this.#initiated(sender, instance)) return [{ kind: statement, digest }];
      return [
        { kind: 'payload', payload: this.payload(digest) },
        { kind: 'echo', digest },
      ];
    });
  }

  #initiated(sender: NodeId, instance: number): boolean {
    return sender === SELF && this.#said(sender, instance)[0]?.statement === 'initial';
  }

  #said(sender: NodeId, instance: number): Of<'said'>[] {
    return this.#of('said').filter((record) => record.sender === sender && record.instance === instance);
  }

  #of<Kind extends StoreRecord['kind']>(kind: Kind): Of<Kind>[] {
    return this.#records.filter((record): record is Of<Kind> => record.kind === kind);
  }
}
