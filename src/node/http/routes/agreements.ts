import * as v from 'valibot';
import { TOPIC_BYTES_MAX } from '../../../codec/index.ts';
import type { AgreementView } from '../../agreements/index.ts';
import { QuorumcastError } from '../../errors.ts';
import { parseJson, readBody } from '../body.ts';
import { Deadline } from '../deadline.ts';
import { duration, optional, whole } from '../fields.ts';
import { HttpProblem } from '../problem.ts';
import { type Connection, json, respond, route } from '../route.ts';
import { SCHEMAS } from '../schemas.ts';

/** Longest wait one request may ask for. Kept below the idle time of sockets. */
const WAIT_MAX_MS = 60_000;
/** A topic in JSON, every character escaped, and the value. */
const BODY_BYTES_MAX = 6 * TOPIC_BYTES_MAX + 256;
/** Agreements in one answer at most. */
const LIST_MAX = 1_000;
const LIST_DEFAULT = 100;

export const agree = route({
  method: 'POST',
  path: '/v1/agreements',
  operationId: 'agree',
  summary: 'Proposes 0 or 1 in a topic, and says what the members decide',
  description: [
    'It is decided when n-f members have proposed. The same request again asks for the same decision.',
    '202 means that the time was over, not that it failed: the proposal stands.',
  ].join(' '),
  parameters: { query: { timeout: duration('how long to wait', WAIT_MAX_MS, '10s') } },
  takes: { 'application/json': ['NewAgreement'] },
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
      await api.node.agree(topic, value, { signal: deadline.signal });
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
    return respond('Agreements', { agreements: all });
  },
});

/** A topic that a proposal was just made in is known. */
function viewOf({ api: { node } }: Connection, topic: string): AgreementView {
  const view = node.agreement(topic);
  if (view !== undefined) return view;
  throw new HttpProblem(404, 'nothing is known here of this topic any more', { code: 'ERR_NOT_FOUND' });
}

async function proposalOf({
  api,
  incoming,
}: Connection): Promise<v.InferOutput<typeof SCHEMAS.NewAgreement>> {
  const type = (incoming.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') {
    throw new HttpProblem(415, `a body of type "${(type ?? '').slice(0, 64)}" is not taken`, {
      hint: 'use application/json',
      headers: { Accept: 'application/json' },
    });
  }
  const share = api.bodies.open();
  try {
    const body = parseJson(await readBody(incoming, BODY_BYTES_MAX, share));
    const result = v.safeParse(SCHEMAS.NewAgreement, body, { abortEarly: true });
    if (result.success) return result.output;
    throw new HttpProblem(400, `the body is no proposal: ${result.issues[0].message}`, {
      hint: 'send {"topic":"...","value":0} or 1, nothing else in it',
    });
  } finally {
    share.release();
  }
}
