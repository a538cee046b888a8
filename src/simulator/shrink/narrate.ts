import { Committee } from '../../committee/index.ts';
import { Tally, type Verdict } from '../checker/index.ts';
import type { TraceEvent } from '../event.ts';
import type { Scenario } from '../world/index.ts';

const WHAT = { initial: 'INITIAL', echo: 'ECHO', ready: 'READY' } as const;

/** What happened in the instances of a run, in sentences: who said what, what it had heard by then, what broke. */
export function narrate(
  scenario: Scenario,
  events: readonly TraceEvent[],
  verdict: Verdict,
): readonly string[] {
  const story = new Story(scenario, verdict);
  for (const event of events) story.see(event);
  return [...story.lines, `${verdict.property} is violated: ${verdict.note}.`];
}

class Story {
  readonly lines: string[] = [];
  readonly #scenario: Scenario;
  readonly #committee: Committee;
  readonly #tally = new Tally();
  /** The instance that the story is about; undefined: all. */
  readonly #about: Verdict['about'];
  readonly #toldBefore = new Set<string>();
  /** What faulty members told, gathered until somebody else does something. */
  #told = new Map<string, Set<string>>();

  constructor(scenario: Scenario, { about }: Verdict) {
    this.#about = about;
    this.#scenario = scenario;
    this.#committee = new Committee(scenario.n, scenario.f);
    const { faulty } = scenario;
    if (faulty.length > 0)
      this.lines.push(`${list(faulty.map(name))} ${faulty.length === 1 ? 'is' : 'are'} faulty.`);
  }

  see(event: TraceEvent): void {
    if (this.#matters(event)) this.#tell(event);
    this.#tally.see(event);
  }

  #matters(event: TraceEvent): boolean {
    if (this.#about === undefined || !('instance' in event)) return true;
    return event.sender === this.#about.sender && event.instance === this.#about.instance;
  }

  #tell(event: TraceEvent): void {
    if (event.e === 'send' && this.#faulty(event.node) && event.kind !== 'status') {
      const told = `${name(event.node)} tells {} ${event.kind.toUpperCase()} ${about(event)}`;
      const key = `${told} ${event.peer}`;
      if (!this.#toldBefore.has(key)) {
        this.#toldBefore.add(key);
        this.#told.set(told, (this.#told.get(told) ?? new Set()).add(name(event.peer)));
      }
    }
    const line = this.#line(event);
    if (line !== undefined) {
      this.#flush();
      this.lines.push(line);
    }
  }

  #flush(): void {
    for (const [text, peers] of this.#told) this.lines.push(`${text.replace('{}', list([...peers]))}.`);
    this.#told = new Map();
  }

  #line(event: TraceEvent): string | undefined {
    if (!('node' in event) || this.#faulty(event.node))
      return event.e === 'heal' ? this.#healed() : undefined;
    const who = name(event.node);
    switch (event.e) {
      case 'say':
        if (event.statement === 'initial') return `${who} broadcasts ${about(event)}.`;
        return `${who} says ${WHAT[event.statement]} ${about(event)}${this.#because(event)}.`;
      case 'deliver':
        return `${who} delivers ${about(event)}${this.#because(event)}.`;
      case 'skip':
        return `${who} skips ${name(event.sender)}'s instances before ${event.instance}: f+1 members count ${event.nextSeq - 1} messages there.`;
      case 'fault':
        return `${who} accuses ${name(event.accused)} of ${event.code}.`;
      case 'crash':
        return `${who} crashes, ${CRASH[event.point]}.`;
      case 'restart':
        return `${who} is back.`;
      case 'room':
        return `There is room on the disk of ${who} again.`;
      case 'down':
        return `The link between ${who} and ${name(event.peer)} breaks.`;
      case 'broken':
        return `${who} stops: ${event.note}.`;
      default:
        return undefined;
    }
  }

  #healed(): string {
    return 'From here on nothing fails, and everything under way arrives.';
  }

  /** The votes that a member had counted when it said or delivered something. */
  #because(event: Extract<TraceEvent, { readonly e: 'say' | 'deliver' }>): string {
    const { node, sender, instance, digest } = event;
    const { initial, echo, ready, done } = this.#tally.of(node, sender, instance, digest);
    const { quorums } = this.#committee;
    const early = this.#scenario.form === 'early' && this.#scenario.f > 0;
    const needs = early ? `${quorums.echoEarly} besides the sender's` : `${quorums.echo}`;
    const parts = [
      ...(initial.size > 0 && event.e === 'say' && event.statement === 'echo'
        ? ["having the sender's INITIAL"]
        : []),
      ...(echo.size > 0 ? [`ECHO from ${list([...echo].map(name))} (a quorum: ${needs})`] : []),
      ...(ready.size > 0
        ? [
            `READY from ${list([...ready].map(name))} (${quorums.amplify} amplify, ${quorums.deliver} deliver)`,
          ]
        : []),
      ...(done.size > 0 ? [`DONE from ${list([...done].map(name))} (${quorums.adopt} are proof)`] : []),
    ];
    return parts.length === 0 ? '' : `: ${parts.join('; ')}`;
  }

  #faulty(node: number): boolean {
    return this.#scenario.faulty.includes(node);
  }
}

const CRASH = {
  'before-sync': 'before anything of its turn is durable',
  torn: 'with a part of its turn durable',
  disk: 'since its disk failed, with a part of its turn durable',
  full: 'since its disk is full, with a part of its turn durable',
  'after-sync': 'with its turn durable and nothing sent',
} as const;

function name(id: number): string {
  return `p${id}`;
}

function about(event: { sender?: number; instance?: number; digest?: string }): string {
  return `${(event.digest ?? '').slice(0, 8)} in instance ${event.instance} of ${name(event.sender ?? 0)}`;
}

function list(items: readonly string[]): string {
  const last = items.at(-1) ?? '';
  return items.length < 2 ? last : `${items.slice(0, -1).join(', ')} and ${last}`;
}
