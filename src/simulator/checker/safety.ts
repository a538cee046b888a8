import type { TraceEvent } from '../event.ts';
import { Checker } from './checker.ts';
import { instanceKey, STATEMENTS } from './key.ts';

/**
 * No two correct members deliver different payloads, or number them differently, in one instance. Who skips instances
 * goes on where a correct member has been, and counts as it does.
 */
export class Agreement extends Checker {
  readonly property = 'agreement';
  readonly sees = ['deliver', 'skip'] as const;
  /** By instance: the number of its first message, as correct members deliver it or would next. */
  readonly #starts = new Map<number, number>();
  readonly #first = new Map<number, { node: number; digest: string; firstSeq: number; count: number }>();

  see(event: TraceEvent, index: number): void {
    if (event.e === 'skip') this.#skip(event, index);
    if (event.e !== 'deliver' || !this.correct(event.node)) return;
    const { node, sender, instance, digest, firstSeq, count } = event;
    const key = instanceKey(sender, instance);
    this.#starts.set(key, firstSeq);
    this.#starts.set(instanceKey(sender, instance + 1), firstSeq + count);
    const first = this.#first.get(key);
    if (first === undefined) {
      this.#first.set(key, { node, digest, firstSeq, count });
    } else if (first.digest !== digest) {
      const values = `p${first.node} delivered ${first.digest.slice(0, 8)}, p${node} ${digest.slice(0, 8)}`;
      this.violate(`in instance ${instance} of p${sender}, ${values}`, index, event);
    } else if (first.firstSeq !== firstSeq || first.count !== count) {
      this.violate(
        `p${first.node} and p${node} number instance ${instance} of p${sender} differently`,
        index,
        event,
      );
    }
  }

  #skip(event: Extract<TraceEvent, { readonly e: 'skip' }>, index: number): void {
    const { node, sender, instance, nextSeq } = event;
    if (!this.correct(node)) return;
    const start = this.#starts.get(instanceKey(sender, instance));
    if (start === nextSeq) return;
    const known = start === undefined ? 'which no correct member has reached' : `which has message ${start}`;
    const note = `p${node} goes on at instance ${instance} of p${sender} with message ${nextSeq}, ${known}`;
    const { unrecorded } = this.context;
    if (start === undefined && unrecorded !== undefined && unrecorded.size > 0) this.doubt(note, event);
    else this.violate(note, index, event);
  }
}

/**
 * Each instance is delivered at most once, with a message in it at least, and of a correct sender only what that
 * sender said.
 */
export class Integrity extends Checker {
  readonly property = 'integrity';
  readonly sees = ['say', 'deliver'] as const;
  readonly #said = new Map<number, string>();
  readonly #delivered = new Set<number>();

  see(event: TraceEvent, index: number): void {
    if (event.e === 'say' && event.statement === 'initial' && event.node === event.sender) {
      const key = instanceKey(event.sender, event.instance);
      if (!this.#said.has(key)) this.#said.set(key, event.digest);
    }
    if (event.e !== 'deliver' || !this.correct(event.node)) return;
    const { node, sender, instance, digest, count, nothing } = event;
    const once = instanceKey(sender, instance, node);
    if (this.#delivered.has(once))
      this.violate(`p${node} delivered instance ${instance} of p${sender} twice`, index, event);
    this.#delivered.add(once);
    if (count < 1 && nothing !== true)
      this.violate(`p${node} delivered instance ${instance} of p${sender}, which is no batch`, index, event);
    const said = this.#said.get(instanceKey(sender, instance));
    if (!this.correct(sender) || said === digest) return;
    const note = `p${node} delivered ${digest.slice(0, 8)} as instance ${instance} of p${sender}, who never said it`;
    if (said === undefined && this.unrecorded(sender)) this.doubt(note, event);
    else this.violate(note, index, event);
  }
}

/** The instances of a sender are delivered in the order of their numbers, and messages counted without gaps. */
export class Fifo extends Checker {
  readonly property = 'fifo';
  readonly sees = ['deliver', 'skip', 'crash'] as const;
  readonly #next = new Map<number, { instance: number; seq: number }>();
  /** By member: its crashes, before each of which a turn may be missing. */
  #crashes: Map<number, number> | undefined;
  /** As `#next`: how many there were when it last delivered. */
  #known: Map<number, number> | undefined;

  see(event: TraceEvent, index: number): void {
    if (event.e === 'crash' && this.unrecorded(event.node)) {
      this.#crashes ??= new Map();
      this.#crashes.set(event.node, (this.#crashes.get(event.node) ?? 0) + 1);
    }
    if ((event.e !== 'deliver' && event.e !== 'skip') || !this.correct(event.node)) return;
    const { node, sender, instance } = event;
    const key = node * 256 + sender;
    if (event.e === 'skip') {
      const { instance: due = 1 } = this.#next.get(key) ?? {};
      if (instance <= due)
        this.violate(`p${node} skips back to instance ${instance} of p${sender}`, index, event);
      this.#next.set(key, { instance, seq: event.nextSeq });
      return;
    }
    const { firstSeq, count } = event;
    const next = this.#next.get(key) ?? { instance: 1, seq: 1 };
    const crashes = this.#crashes?.get(node) ?? 0;
    if (instance !== next.instance || firstSeq !== next.seq) {
      const got = `instance ${instance} with message ${firstSeq}`;
      const note = `p${node} delivered ${got} of p${sender} where ${next.instance} with ${next.seq} was due`;
      const forward = instance > next.instance && firstSeq >= next.seq;
      if (forward && crashes !== (this.#known?.get(key) ?? 0)) this.doubt(note, event);
      else this.violate(note, index, event);
    }
    if (crashes > 0) {
      this.#known ??= new Map();
      this.#known.set(key, crashes);
    }
    this.#next.set(key, { instance: instance + 1, seq: firstSeq + count });
  }
}

/** A correct member says one INITIAL, one ECHO and one READY in an instance, the same after a crash as before. */
export class SayOnce extends Checker {
  readonly property = 'say-once';
  readonly sees = ['say'] as const;
  readonly #said = new Map<number, string>();

  see(event: TraceEvent, index: number): void {
    if (event.e !== 'say' || !this.correct(event.node)) return;
    const { node, statement, sender, instance, digest } = event;
    const key = instanceKey(sender, instance, node, STATEMENTS.indexOf(statement));
    const earlier = this.#said.get(key);
    if (earlier !== undefined && earlier !== digest) {
      const both = `${earlier.slice(0, 8)} and ${digest.slice(0, 8)}`;
      this.violate(
        `p${node} said ${statement.toUpperCase()} for ${both} in instance ${instance} of p${sender}`,
        index,
        event,
      );
    }
    this.#said.set(key, digest);
  }
}

/** A correct member never accuses a correct one. */
export class NoFalseAccusation extends Checker {
  readonly property = 'no-false-accusation';
  readonly sees = ['fault'] as const;

  see(event: TraceEvent, index: number): void {
    if (event.e !== 'fault' || !this.correct(event.node) || !this.correct(event.accused)) return;
    this.violate(`p${event.node} accused p${event.accused}, which is correct, of ${event.code}`, index);
  }
}

/** A correct member never holds more instances or payload bytes of a sender than its formula allows. */
export class MemoryBound extends Checker {
  readonly property = 'memory';
  readonly sees = ['hold'] as const;

  see(event: TraceEvent, index: number): void {
    if (event.e !== 'hold' || !this.correct(event.node)) return;
    const { node, sender, open, bytes } = event;
    const { window, bytesMax } = this.context;
    if (open > window)
      this.violate(`p${node} holds ${open} instances of p${sender}: the window is ${window}`, index);
    if (bytes > bytesMax)
      this.violate(`p${node} holds ${bytes} bytes of p${sender}: the bound is ${bytesMax}`, index);
  }
}

/**
 * No correct member contradicts its own assertions. A faulty one may: what its mind said in its name, its honest part
 * did not.
 */
export class NoAssertionFails extends Checker {
  readonly property = 'no-assertion-fails';
  readonly sees = ['broken'] as const;

  see(event: TraceEvent, index: number): void {
    if (event.e === 'broken' && this.correct(event.node))
      this.violate(`p${event.node} stopped: ${event.note}`, index);
  }
}
