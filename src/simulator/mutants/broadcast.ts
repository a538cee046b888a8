import type { Mutant } from './mutant.ts';

const RULES = 'broadcast/rules.js';
const BRACHA = 'broadcast/bracha.js';
const PULL = 'broadcast/pull.js';
const QUORUM = 'committee/quorum.js';

const quorum = (name: string, find: string, replace: string, wrong: string, sameWhere?: string): Mutant => ({
  name,
  file: QUORUM,
  find,
  replace,
  wrong,
  ...(sameWhere === undefined ? {} : { sameWhere }),
});

/** Thresholds, one off. */
const THRESHOLDS: readonly Mutant[] = [
  quorum(
    'echo-minus-1',
    'echo: Math.floor((n + f) / 2) + 1,',
    'echo: Math.floor((n + f) / 2),',
    'the paper as printed: (n+t)/2 ECHOs, not more than that',
  ),
  quorum(
    'echo-plus-1',
    'echo: Math.floor((n + f) / 2) + 1,',
    'echo: Math.floor((n + f) / 2) + 2,',
    'one ECHO too many is asked for',
    'n = 6, 9: a quorum one larger is still within n - f',
  ),
  quorum(
    'echo-2f-plus-1',
    'echo: Math.floor((n + f) / 2) + 1,',
    'echo: 2 * f + 1,',
    'the echo quorum of n = 3f+1 for every n',
    'n = 3f+1: the same number',
  ),
  quorum(
    'echo-majority',
    'echo: Math.floor((n + f) / 2) + 1,',
    'echo: Math.floor(n / 2) + 1,',
    'a simple majority of ECHOs',
    'n = 4, where both are 3',
  ),
  quorum(
    'early-echo-minus-1',
    'const echoEarly = Math.floor((n + f) / 2);',
    'const echoEarly = Math.floor((n + f) / 2) - 1;',
    'READY and early delivery one ECHO too soon',
  ),
  quorum(
    'early-echo-plus-1',
    'echoEarly,\n',
    'echoEarly: echoEarly + 1,\n',
    'READY one ECHO too late, early delivery as before',
    'where members in number enough stay: n > 3f+1',
  ),
  quorum(
    'deliver-early-minus-1',
    'deliverEarly: echoEarly + f - 1,',
    'deliverEarly: echoEarly + f - 2,',
    'early delivery one ECHO too soon',
  ),
  quorum('amplify-minus-1', 'amplify: f + 1,', 'amplify: f,', 'the liars alone make a member READY'),
  quorum('amplify-plus-1', 'amplify: f + 1,', 'amplify: f + 2,', 'one READY too many before amplification'),
  quorum('deliver-minus-1', 'deliver: 2 * f + 1,', 'deliver: 2 * f,', 'one READY too few before delivery'),
  quorum(
    'deliver-plus-1',
    'deliver: 2 * f + 1,',
    'deliver: 2 * f + 2,',
    'one READY too many before delivery',
    'n > 3f+1: n - f READYs come all the same',
  ),
  quorum(
    'adopt-minus-1',
    'adopt: f + 1,',
    'adopt: f,',
    'the liars alone make a member believe that something was delivered',
  ),
  {
    name: 'early-with-plain-quorum',
    file: RULES,
    find: 'echo: echoEarly,',
    replace: 'echo,',
    wrong: 'early delivery beside the plain echo quorum',
  },
  {
    name: 'early-counts-sender',
    file: RULES,
    find: 'countsSenderEcho: false,',
    replace: 'countsSenderEcho: true,',
    wrong: "the sender's own ECHO counts towards the early form's smaller quorum",
  },
];

/** Who is counted, and how often. */
const COUNTING: readonly Mutant[] = [
  {
    name: 'no-vote-dedup',
    file: BRACHA,
    find: 'if (earlier !== NO_VOTE) {\n            if (this.#candidates.same(earlier, bytes, at))',
    replace: 'if (false) {\n            if (this.#candidates.same(earlier, bytes, at))',
    wrong: 'every ECHO and READY counts, however often a member sends it',
  },
  {
    name: 'no-done-dedup',
    file: BRACHA,
    find: 'if (said !== NO_VOTE)',
    replace: 'if (false)',
    wrong: 'every DONE counts, however often a member sends it',
  },
  {
    name: 'done-adds-ready-again',
    file: BRACHA,
    find: 'if (ready === NO_VOTE)\n            this.#count(READY, from, candidate);',
    replace: 'this.#count(READY, from, candidate);',
    wrong: 'READY and then DONE count as two READYs of one member',
  },
  {
    name: 'votes-not-keyed',
    file: 'broadcast/candidate.js',
    find: 'if (list[i]?.is(bytes, at) === true)',
    replace: 'if (list[i])',
    wrong: 'votes for different digests are counted together',
  },
  {
    name: 'no-amplification',
    file: BRACHA,
    find: 'return echoes >= this.#rules.echo || candidate.readies >= this.#rules.amplify;',
    replace: 'return echoes >= this.#rules.echo;',
    wrong: 'READYs never make a member READY',
  },
  {
    name: 'amplify-at-deliver',
    file: BRACHA,
    find: 'return echoes >= this.#rules.echo || candidate.readies >= this.#rules.amplify;',
    replace:
      'return echoes >= this.#rules.echo || candidate.readies >= this.#rules.deliver || candidate.dones >= this.#rules.adopt;',
    wrong: 'READYs make a member READY only where they deliver anyway',
  },
  {
    name: 'echo-only',
    file: BRACHA,
    find: 'if (candidate.readies >= deliver || candidate.dones >= adopt)',
    replace: 'if (candidate.echoes >= this.#rules.echo)',
    wrong: 'a quorum of ECHOs delivers, and READYs and DONEs do not',
  },
  {
    name: 'amplify-on-echo',
    file: BRACHA,
    find: 'return echoes >= this.#rules.echo || candidate.readies >= this.#rules.amplify;',
    replace: 'return echoes >= this.#rules.amplify || candidate.readies >= this.#rules.amplify;',
    wrong: 'f+1 ECHOs make a member READY',
  },
  {
    name: 'deliver-on-echo',
    file: BRACHA,
    find: 'if (candidate.readies >= deliver || candidate.dones >= adopt)',
    replace:
      'if (candidate.readies >= deliver || candidate.dones >= adopt || candidate.echoes >= this.#rules.echo)',
    wrong: 'a quorum of ECHOs delivers, without READYs or early delivery',
  },
  {
    name: 'ready-needs-initial',
    file: BRACHA,
    find: 'if (this.#readied === undefined && this.#readyDue(candidate)) {',
    replace: 'if (this.#readied === undefined && this.#first !== undefined && this.#readyDue(candidate)) {',
    wrong: 'a member without the INITIAL says no READY',
  },
  {
    name: 'initial-from-anyone',
    file: BRACHA,
    find: "if (from !== sender)\n            return accuse(from, 'not-the-sender');",
    replace: '',
    wrong: "anybody's INITIAL is taken for the sender's",
  },
  {
    name: 'second-initial-echoed',
    file: BRACHA,
    find: 'if (this.#echoed === undefined)\n            this.#sayEcho(candidate, effects);\n        if (this.#due(candidate))',
    replace: 'this.#sayEcho(candidate, effects);\n        if (this.#due(candidate))',
    wrong: 'an INITIAL is echoed although something was echoed before',
    sameWhere: 'early form: the first INITIAL closes the door for a second one',
  },
  {
    name: 'equivocation-echoed',
    file: BRACHA,
    find: 'if (this.#first !== undefined)\n            return this.#onInitialAgain(this.#first, payload);',
    replace:
      'if (this.#first !== undefined && bytesEqual(this.#first.body ?? payload, payload))\n            return NOTHING;\n        this.#echoed = undefined;',
    wrong: 'every INITIAL of a sender is echoed, each different one anew',
  },
  {
    name: 'second-ready',
    file: BRACHA,
    find: 'if (this.#readied === undefined && this.#readyDue(candidate)) {\n            this.#readied = candidate;',
    replace:
      'if (this.#readied !== candidate && this.#readyDue(candidate)) {\n            this.#readied = candidate;',
    wrong: 'READY is said for every digest that reaches a threshold',
    equivalent:
      'with the right thresholds no two digests reach one: two echo quorums share a correct member, and f+1 READYs a correct one, who says ECHO and READY once',
  },
  {
    name: 'invalid-echoed',
    file: BRACHA,
    find: 'if (payload.length > payloadBytesMax || !options.valid(payload)) {',
    replace: 'if (payload.length > payloadBytesMax) {',
    wrong: 'payloads that are no batch are vouched for',
  },
];

/** Missing payloads, restarts, resending. */
const RECOVERY: readonly Mutant[] = [
  {
    name: 'deliver-own-echo',
    file: BRACHA,
    find: "effects.push({ kind: 'output', output: { digest: candidate.digest, payload } });",
    replace:
      "effects.push({ kind: 'output', output: { digest: (this.#first ?? candidate).digest, payload: (this.#first ?? candidate).body ?? payload } });",
    wrong: 'the payload that was echoed is delivered, not the decided one',
  },
  {
    name: 'no-pull',
    file: BRACHA,
    find: "if (to !== undefined)\n            effects.push({ kind: 'send', to, message: { kind: 'pull', digest: wanted.digest } });",
    replace: '',
    wrong: 'a member that decided without the payload waits for it for ever',
  },
  {
    name: 'no-pull-rotation',
    file: PULL,
    find: 'const chosen = this.#nearest(holders);',
    replace:
      'const chosen = this.outstanding ? undefined : this.#nearest(holders);\n        if (this.outstanding) return undefined;',
    wrong: 'the first holder asked is the only one ever asked',
  },
  {
    name: 'pull-unchecked',
    file: BRACHA,
    find: 'if (payload.length > options.payloadBytesMax || !bytesEqual(options.digestOf(payload), wanted.digest)) {',
    replace: 'if (payload.length > options.payloadBytesMax) {',
    wrong: 'whatever comes as the payload is taken for it',
  },
  {
    name: 'late-answer-accused',
    file: BRACHA,
    find: 'if (wanted === undefined || wanted.body !== undefined || this.#pull?.expects(from) !== true)\n            return NOTHING;',
    replace:
      "if (wanted === undefined || wanted.body !== undefined || this.#pull?.expects(from) !== true)\n            return accuse(from, 'wrong-payload');",
    wrong: 'an answer that comes late or twice is called a lie',
  },
  {
    name: 'answer-not-marked',
    file: BRACHA,
    find: 'this.#answered[from] = 1;',
    replace: '',
    wrong: 'every question is answered with the payload, however often it is asked',
    equivalent: 'in what is delivered: it costs bytes only; the memory and link bounds are tested elsewhere',
  },
  {
    name: 'decided-body-ignored',
    file: BRACHA,
    find: 'if (candidate.body !== undefined)\n            return this.#decided === candidate;',
    replace: 'if (candidate.body !== undefined)\n            return false;',
    wrong: 'a decided payload that comes by itself is not delivered',
  },
  {
    name: 'restore-forgets-echo',
    file: BRACHA,
    find: 'this.#echoed = this.#first = this.#candidates.of(message.digest);\n                this.#count(ECHO, self, this.#echoed);',
    replace: '',
    wrong: 'after a restart a member does not know what it echoed',
  },
  {
    name: 'restore-forgets-ready',
    file: BRACHA,
    find: 'this.#readied = this.#candidates.of(message.digest);\n                this.#count(READY, self, this.#readied);',
    replace: '',
    wrong: 'after a restart a member does not know what it was ready for',
  },
  {
    name: 'owes-no-initial',
    file: BRACHA,
    find: "owed.push({ kind: 'initial', payload: own.body });",
    replace: '',
    wrong: 'a lost INITIAL is never sent again',
  },
  {
    name: 'owes-no-echo',
    file: BRACHA,
    find: "owed.push({ kind: 'echo', digest: this.#echoed.digest });",
    replace: ';',
    wrong: 'a lost ECHO is never sent again',
  },
  {
    name: 'owes-no-ready',
    file: BRACHA,
    find: "owed.push({ kind: 'ready', digest: this.#readied.digest });",
    replace: ';',
    wrong: 'a lost READY is never sent again',
  },
];

/** Bugs of one instance. */
export const BROADCAST_MUTANTS: readonly Mutant[] = [...THRESHOLDS, ...COUNTING, ...RECOVERY];
