// A protocol of one's own under the laboratory's schedules, liars and crashes:
//   npx quorumcast sim sweep --protocol examples/own-protocol.mjs
//
// Echo broadcast: the sender says a word, everybody echoes the first word of the sender it hears, and delivers a word
// once a quorum echoed it. No two correct members deliver different words. But some may deliver and others never.
import { NOTHING, UsageError } from 'quorumcast/protocols';

/**
 * @typedef {{ readonly kind: 'word' | 'echo', readonly word: string }} Message
 * @typedef {import('quorumcast/protocols').Effects<Message, string>} Effects
 */

const SENDER = 0;
const WORDS = ['attack', 'retreat', 'wait'];

/** One member of it. */
class EchoBroadcast {
  #committee;
  #self;
  #proposed = false;
  #echoed = false;
  #delivered = false;
  /** @type {Map<number, string>} By member: the first word it echoed. */
  #echoes = new Map();

  /** @param {import('quorumcast/simulator').TrialMember} member */
  constructor({ committee, self }) {
    this.#committee = committee;
    this.#self = self;
  }

  /** @param {string} word @returns {Effects} */
  propose(word) {
    if (this.#self !== SENDER || this.#proposed) throw new UsageError('one word, and by the sender');
    this.#proposed = true;
    return [{ kind: 'broadcast', message: { kind: 'word', word } }];
  }

  /** @param {number} from @param {Message} message @returns {Effects} */
  handle(from, { kind, word }) {
    if (kind === 'word') {
      if (from !== SENDER || this.#echoed) return NOTHING;
      this.#echoed = true;
      return [{ kind: 'broadcast', message: { kind: 'echo', word } }];
    }
    if (this.#delivered || this.#echoes.has(from)) return NOTHING;
    this.#echoes.set(from, word);
    const count = [...this.#echoes.values()].filter((echoed) => echoed === word).length;
    if (count < this.#committee.quorums.echo) return NOTHING;
    this.#delivered = true;
    return [{ kind: 'output', output: word }];
  }

  /** @param {readonly Message[]} said @returns {Effects} */
  restore(said) {
    for (const { kind } of said) {
      if (kind === 'word') this.#proposed = true;
      else this.#echoed = true;
    }
    return NOTHING;
  }

  get terminated() {
    return this.#delivered;
  }
}

/** @type {import('quorumcast/simulator').TrialSubject<string, Message, string>} */
export default {
  name: 'echo-broadcast',
  create: (member) => new EchoBroadcast(member),
  inputOf: (self, prng) => (self === SENDER ? prng.pick(WORDS) : undefined),
  arbitrary: (prng) => ({ kind: prng.pick(['word', 'echo']), word: prng.pick(WORDS) }),
  kinds: ['word', 'echo'],
  // One byte: the kind and the word.
  encode: ({ kind, word }) => Uint8Array.of((kind === 'echo' ? WORDS.length : 0) + WORDS.indexOf(word)),
  decode: (bytes) => {
    const [code = 255] = bytes;
    const word = WORDS[code % WORDS.length];
    if (bytes.length !== 1 || code >= 2 * WORDS.length || word === undefined) return undefined;
    return { kind: code < WORDS.length ? 'word' : 'echo', word };
  },
  contradicts: (earlier, later) => earlier.kind === later.kind && earlier.word !== later.word,
  properties: {
    agreement: ({ outputs }) => {
      const words = new Set(outputs.flat());
      return words.size > 1 ? `delivered: ${[...words].join(' and ')}` : undefined;
    },
    validity: ({ inputs, outputs, correct, ended }) => {
      const word = inputs[SENDER];
      if (word === undefined || !ended) return undefined;
      const missing = correct.filter((id) => outputs[id]?.[0] !== word);
      return missing.length > 0
        ? `${missing.map((id) => `p${id}`).join()} did not deliver ${word}`
        : undefined;
    },
  },
};
