import * as v from 'valibot';
import { FAULT_CODES } from '../../protocol/index.ts';
import { ERROR_CODES } from '../errors.ts';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const milliseconds = v.pipe(v.number(), v.minValue(0));
const memberId = v.pipe(v.number(), v.integer(), v.minValue(0), v.description("a member's number, from 0"));
const seq = v.pipe(
  v.number(),
  v.integer(),
  v.minValue(1),
  v.description('the running number of the message'),
);
const memberName = v.pipe(v.string(), v.description("the member's name in the cluster definition"));
const digest = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/), v.description('SHA-256, hexadecimal'));
const cursor = v.pipe(v.string(), v.description("a place in this node's own delivery order"));
const nodeState = v.picklist(['joining', 'ready', 'degraded', 'draining', 'closed']);

const cluster = v.object({
  name: v.string(),
  epoch: count,
  digest: v.string(),
  n: count,
  f: count,
  form: v.picklist(['early', 'classic']),
  quorum: v.object({ echo: count, amplify: count, deliver: count }),
});

const status = v.object({
  id: memberId,
  name: memberName,
  version: v.string(),
  state: nodeState,
  reasons: v.array(v.string()),
  cluster,
  address: v.string(),
  uptimeMs: milliseconds,
  margin: v.pipe(
    v.number(),
    v.integer(),
    v.description('members up minus those needed: below 0 nothing is delivered'),
  ),
  peers: v.object({ up: count, total: count, missing: v.array(v.string()) }),
  delivered: count,
  pending: v.object({ messages: count, bytes: count }),
  streams: v.array(
    v.object({
      sender: memberId,
      name: memberName,
      delivered: count,
      open: count,
      behind: count,
      beyond: v.boolean(),
      waitingMs: milliseconds,
    }),
  ),
  stalled: count,
  skipped: count,
  evidence: count,
  refusals: v.record(v.string(), count),
  storage: v.object({
    durable: v.boolean(),
    bytes: count,
    position: count,
    syncMs: milliseconds,
    first: v.pipe(count, v.description('the oldest delivery that is kept')),
    boundBytes: v.pipe(count, v.description('ceiling on `bytes`; 0 in memory')),
    earlierBytes: v.pipe(count, v.description('what the logs of earlier epochs take besides')),
  }),
  agreements: v.object({ underWay: count, undecided: count, decided: count, dropped: count }),
  consumers: v.object({ named: count, lag: count, lost: count }),
  memoryBoundBytes: count,
});

const peer = v.object({
  id: memberId,
  name: memberName,
  address: v.string(),
  connected: v.boolean(),
  sinceMs: milliseconds,
  reason: v.string(),
  reconnects: count,
  rttMs: v.optional(milliseconds),
  queuedBytes: count,
  sentBytes: count,
  receivedBytes: count,
  limited: v.pipe(count, v.description('how often it asked for more than a member needs')),
  bases: v.array(count),
});

const signature = v.pipe(v.string(), v.regex(/^[0-9a-f]{128}$/), v.description('Ed25519, hexadecimal'));
const statement = v.object({ batch: digest, signature });

const proof = v.pipe(
  v.object({
    quorumcast: v.literal('evidence'),
    version: v.literal(1),
    cluster: v.object({ name: v.string(), epoch: count, digest }),
    accused: v.object({ member: memberId, name: memberName, publicKey: digest }),
    instance: count,
    statements: v.tuple([statement, statement]),
    seen: v.string(),
    by: memberName,
  }),
  v.description('an evidence file: `quorumcast evidence verify` checks it'),
);

const evidence = v.object({
  peer: memberId,
  name: memberName,
  code: v.picklist(FAULT_CODES),
  count,
  about: v.optional(v.object({ sender: memberId, instance: count })),
  first: v.string(),
  last: v.string(),
  proofs: v.array(proof),
});

const trace = v.object({
  sender: memberId,
  seq,
  senderName: memberName,
  instance: count,
  phase: v.picklist(['init', 'echoed', 'readied', 'delivered']),
  sinceMs: milliseconds,
  waitingFor: v.array(memberId),
  explain: v.string(),
  values: v.array(
    v.object({
      digest,
      held: v.boolean(),
      echo: v.object({ have: v.array(memberId), need: count }),
      ready: v.object({ have: v.array(memberId), amplify: count, need: count }),
    }),
  ),
});

const bit = v.pipe(v.picklist([0, 1], 'it is 0 or 1'), v.description('0 or 1'));

const agreedBytes = v.object({
  base64: v.pipe(v.string(), v.description('the value in base64')),
  text: v.optional(v.pipe(v.string(), v.description('the value as text, if it is valid UTF-8'))),
});

const agreement = v.object({
  topic: v.string(),
  state: v.pipe(
    v.picklist(['heard', 'open', 'decided', 'settled']),
    v.description('heard: nothing proposed here; settled: n-f members decided'),
  ),
  kind: v.pipe(v.picklist(['bit', 'value']), v.description('whether it is on 0 or 1, or on bytes')),
  coin: v.pipe(v.picklist(['own', 'common']), v.description('whose coins it takes')),
  proposal: v.optional(
    v.pipe(v.union([bit, agreedBytes]), v.description('what this member proposed, while it is under way')),
  ),
  decision: v.optional(
    v.union([
      v.object({ topic: v.string(), value: bit, phase: count }),
      v.object({ topic: v.string(), ...agreedBytes.entries, phase: count }),
    ]),
  ),
  phase: v.pipe(
    count,
    v.description('where this member stands; 0 before it has begun and once it is settled'),
  ),
  step: v.pipe(v.picklist([1, 2, 3, 4]), v.description('4: the common coin is waited for')),
  waitingFor: v.array(memberId),
  proposals: v.pipe(
    v.array(v.object({ proposer: memberId, here: v.boolean(), decided: v.optional(bit) })),
    v.description('of a value under way: whose proposals are here, and in (1) or out (0)'),
  ),
  quietMs: v.pipe(milliseconds, v.description('how long nothing has changed')),
  explain: v.string(),
});

const delivery = v.object({
  sender: memberId,
  senderName: memberName,
  seq,
  digest,
  cursor,
  bytes: v.pipe(count, v.description('length of the message')),
  base64: v.pipe(v.string(), v.description('the message in base64')),
  text: v.optional(v.pipe(v.string(), v.description('the message as text, if it is valid UTF-8'))),
});

const newTopic = v.pipe(
  v.string('"topic" must be a string'),
  v.description('1 to 128 bytes of UTF-8: one question for as long as the epoch lasts'),
);

/** Everything that goes over HTTP as JSON, by the name that the OpenAPI document gives it. */
export const SCHEMAS = {
  Index: v.object({
    name: v.literal('quorumcast'),
    version: v.string(),
    member: memberName,
    routes: v.array(v.object({ method: v.string(), path: v.string(), summary: v.string() })),
  }),
  Live: v.object({ live: v.literal(true) }),
  Readiness: v.object({
    ready: v.boolean(),
    state: nodeState,
    margin: v.pipe(v.number(), v.integer()),
    missing: v.array(v.object({ peer: memberName, reason: v.string(), for_s: count })),
    reasons: v.exactOptional(
      v.pipe(v.array(v.string()), v.description('while `joining`: what it waits for, one sentence each')),
    ),
  }),
  Status: status,
  Cluster: cluster,
  Peers: v.object({ peers: v.array(peer) }),
  Evidence: v.object({ evidence: v.array(evidence) }),
  Trace: trace,
  Delivery: delivery,
  Broadcast: v.object({
    sender: memberId,
    senderName: memberName,
    seq,
    digest,
    duplicate: v.pipe(v.boolean(), v.description('the key was used before with the same bytes')),
    delivered: v.pipe(
      v.boolean(),
      v.description('whether this node has delivered it; false says nothing about later'),
    ),
    cursor: v.optional(cursor),
  }),
  Message: v.variant('delivered', [
    v.object({ delivered: v.literal(true), message: delivery }),
    v.object({ delivered: v.literal(false), trace }),
  ]),
  NewText: v.strictObject({
    text: v.pipe(v.string('"text" must be a string'), v.description('the message, sent as UTF-8')),
  }),
  NewBytes: v.strictObject({
    base64: v.pipe(
      v.string('"base64" must be a string'),
      v.base64('"base64" must be padded base64'),
      v.description('the message in base64'),
    ),
  }),
  Agreement: agreement,
  Agreements: v.object({ agreements: v.array(agreement) }),
  NewAgreement: v.strictObject({ topic: newTopic, value: bit }),
  NewTextAgreement: v.strictObject({
    topic: newTopic,
    text: v.pipe(v.string('"text" must be a string'), v.description('the value, proposed as UTF-8')),
  }),
  NewBytesAgreement: v.strictObject({
    topic: newTopic,
    base64: v.pipe(
      v.string('"base64" must be a string'),
      v.base64('"base64" must be padded base64'),
      v.description('the value in base64: 1 to 1,024 bytes'),
    ),
  }),
  Epochs: v.object({
    epoch: count,
    digest: v.pipe(v.string(), v.description('short form of the definition in force')),
    next: v.optional(
      v.object({
        epoch: count,
        digest: v.string(),
        since: v.pipe(v.string(), v.description('since when this node is going over, ISO 8601')),
        givenUp: v.pipe(v.array(v.string()), v.description('members that the change does without')),
        members: v.array(
          v.object({
            name: v.string(),
            ended: v.pipe(v.boolean(), v.description('its END is delivered here')),
            drained: v.pipe(v.boolean(), v.description('it has delivered all of the epoch')),
            givenUp: v.pipe(v.boolean(), v.description('the change does without it')),
          }),
        ),
        reasons: v.pipe(v.array(v.string()), v.description('what is waited for, one sentence each')),
      }),
    ),
  }),
  Definition: v.pipe(
    v.looseObject({ name: v.string(), epoch: count, previous: v.string() }),
    v.description('a cluster definition: docs/cluster.md'),
  ),
  Acknowledged: v.object({ consumer: v.string(), cursor }),
  Drained: v.object({
    drained: v.boolean(),
    state: nodeState,
    open: v.pipe(count, v.description('own instances begun and not delivered here')),
    pending: v.pipe(
      v.object({ messages: count, bytes: count }),
      v.description('own messages that wait for room in the window'),
    ),
  }),
  Problem: v.object({
    type: v.string(),
    title: v.string(),
    status: count,
    detail: v.string(),
    code: v.picklist(ERROR_CODES),
    hint: v.string(),
    definite: v.boolean(),
    retryable: v.boolean(),
  }),
} as const;

/** The name of one of `SCHEMAS`. */
export type SchemaName = keyof typeof SCHEMAS;

type Frozen<T> = T extends object ? { readonly [Key in keyof T]: Frozen<T[Key]> } : T;

/** What a schema describes, as something that is only read. */
export type JsonOf<Name extends SchemaName> = Frozen<v.InferOutput<(typeof SCHEMAS)[Name]>>;
