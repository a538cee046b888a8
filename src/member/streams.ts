import { rulesOf } from '../broadcast/index.ts';
import { Stream } from '../stream/index.ts';
import { streamCodingOf } from './coding.ts';
import type { MemberMemory, MemberOptions } from './options.ts';

/** The streams of a member, by sender; where a restarted member continues. */
export function streamsOf(options: MemberOptions, memory: MemberMemory | undefined): Stream[] {
  const { committee, self, form, limits, hasher, validate } = options;
  const rules = rulesOf(committee, form);
  const coded = streamCodingOf(options);
  const coding = coded && { coding: coded };
  return committee.ids.map((sender) => {
    const { base, nextSeq, ends } = memory?.streams[sender] ?? FRESH;
    const valid = validate && { valid: (payload: Uint8Array): boolean => validate({ sender, payload }) };
    const about = { committee, self, sender, rules, limits, hasher, ...coding, ...valid };
    return new Stream(about, base, nextSeq, ends);
  });
}

const FRESH: MemberMemory['streams'][number] = { base: 1, nextSeq: 1 };
