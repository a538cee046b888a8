import * as v from 'valibot';
import { TOPIC_BYTES_MAX, VALUE_BYTES_MAX } from '../../../codec/index.ts';
import { agreementViewJson } from '../../agreements/index.ts';
import { QuorumcastError } from '../../errors.ts';
import { parseJson, readJson } from '../body.ts';
import { Deadline } from '../deadline.ts';
import { duration, optional, whole } from '../fields.ts';
import { HttpProblem } from '../problem.ts';
import { type Connection, json, respond, route } from '../route.ts';
import { SCHEMAS } from '../schemas.ts';

/** Longest wait one request may ask for. Kept below the idle time of sockets. */
const WAIT_MAX_MS = 60_000;
/** A topic and a text in JSON, every character escaped. */
const BODY_BYTES_MAX = 6 * (TOPIC_BYTES_MAX + VALUE_BYTES_MAX) + 256;
/** Agreements in one answer at most. */
const LIST_MAX = 1_000;
const LIST_DEFAULT = 100;

export const agree = route({
  method: 'POST',
  path: '/v1/agreements',
  operationId: 'agree',
  summary: 'Proposes 0 or 1, or some bytes, in a topic, and says what the members decide',
  description: [
    'It is decided when n-f members have proposed. The same request again asks for the same decision.',
    '202 means that the time was over, not that it failed: the proposal stands.',
  ].join(' '),
  parameters: { query: { timeout: duration('how long to wait', WAIT_MAX_MS, '10s') } },
  takes: { 'application/json': ['NewAgreement', 'NewTextAgreement', 'NewBytesAgreement'] },
  answers: {
    200: json('Agreement', 'Decided'),
    202: json('Agreement', 'Proposed, durably; not decided in time'),
  },
  problems: [409, 413, 415, 429],
  handle: async (call) => {
    const { topic, value } = await proposalOf(call);
    const { api, query, gone } = call;
    const deadline = new Deadline([gone, api.closing], query.timeout);
    try {
      // Which of the overloads it is, the value says.
      await (typeof value === 'number'
        ? api.node.agree(topic, value, { signal: deadline.signal })
        : api.node.agree(topic, value, { signal: deadline.signal }));
      return respond('Agreement', viewOf(call, topic));
    } catch (error) {
      const isLate = error instanceof QuorumcastError && error.code === 'ERR_TIMEOUT';
      if (!isLate || !deadline.signal.aborted) throw error;
      return respond('Agreement', viewOf(call, topic), 202);
    } finally {
      deadline.release();
    }
  },
});

export const agreements = route({
  method: 'GET',
  path: '/v1/agreements',
  operationId: 'getAgreements',
  summary: 'What is being agreed on, and what was: under way first, then newest first',
  parameters: {
    query: {
      topic: optional('this topic only', /^[^\0]{1,128}$/u, 'release 7 goes out'),
      limit: whole('how many at most', 1, LIST_MAX, LIST_DEFAULT),
    },
  },
  answers: { 200: json('Agreements', 'One entry per topic; none for a topic that is not known') },
  handle: ({ api: { node }, query: { topic, limit } }) => {
    const one = topic === undefined ? undefined : node.agreement(topic);
    const all = topic === undefined ? node.agreements(limit) : one === undefined ? [] : [one];
    return respond('Agreements', { agreements: all.map(agreementViewJson) });
  },
});

/** A topic that a proposal was just made in is known. */
function viewOf({ api: { node } }: Connection, topic: string): ReturnType<typeof agreementViewJson> {
  const view = node.agreement(topic);
  if (view !== undefined) return agreementViewJson(view);
  throw new HttpProblem(404, 'nothing is known here of this topic any more', { code: 'ERR_NOT_FOUND' });
}

interface Proposal {
  readonly topic: string;
  readonly value: 0 | 1 | string | Uint8Array;
}

async function proposalOf(call: Connection): Promise<Proposal> {
  return readJson(call, BODY_BYTES_MAX, (bytes) => proposedIn(parseJson(bytes)));
}

/** By what the body has beside its topic: the name of the field tells what its value is. */
function proposedIn(body: unknown): Proposal {
  const has = (name: string): boolean => typeof body === 'object' && body !== null && name in body;
  if (has('text')) {
    const { topic, text } = parsed(v.safeParse(SCHEMAS.NewTextAgreement, body, FIRST_ONLY));
    return { topic, value: text };
  }
  if (has('base64')) {
    const { topic, base64 } = parsed(v.safeParse(SCHEMAS.NewBytesAgreement, body, FIRST_ONLY));
    return { topic, value: new Uint8Array(Buffer.from(base64, 'base64')) };
  }
  return parsed(v.safeParse(SCHEMAS.NewAgreement, body, FIRST_ONLY));
}

const FIRST_ONLY = { abortEarly: true };

/** @throws HttpProblem 400 */
function parsed<Output>(
  result:
    | { readonly success: true; readonly output: Output }
    | { readonly success: false; readonly issues: readonly [{ readonly message: string }, ...unknown[]] },
): Output {
  if (result.success) return result.output;
  throw new HttpProblem(400, `the body is no proposal: ${result.issues[0].message}`, {
    hint: 'send {"topic":"...","value":0} or 1, or with "text" or "base64" in the place of "value"; nothing else in it',
  });
}
