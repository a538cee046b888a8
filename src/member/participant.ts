import type { Member } from './member.ts';

/**
 * The calls that a driver makes: whoever answers them takes a member's place, an adversary too. Without `vote` it hears
 * votes by `handle`, as all other messages; without `submitMany` it gets own messages one by one.
 */
export type Participant = Pick<
  Member,
  'restore' | 'handle' | 'submit' | 'linkUp' | 'linkDown' | 'tick' | 'flush'
> &
  Partial<Pick<Member, 'vote' | 'submitMany'>>;
