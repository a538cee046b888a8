import { describe, expect, test } from 'vitest';
import { traceText } from '../../src/cli/sim/trace-file.ts';
import { portableSha256 } from '../../src/crypto/index.ts';
import {
  CAMPAIGNS,
  checkTraces,
  type Decision,
  ddmin,
  parseTrace,
  runScenario,
  type Scenario,
  simulatedHeader,
  type Trace,
  type TraceEvent,
} from '../../src/simulator/index.ts';

function recorded(scenario: Scenario): Trace & { readonly decisions: readonly Decision[] } {
  const events: TraceEvent[] = [];
  const { decisions } = runScenario(scenario, {
    sha256: portableSha256,
    observe: (event) => events.push(event),
  });
  return { header: simulatedHeader(scenario, { decisions }), events, decisions };
}

const NODE = '{"v":1,"source":"node","cluster":"aa","node":0,"n":4,"f":1,"window":8,"bytesMax":99}\n';

describe('a trace', () => {
  test('of several nodes may be longer than an argument list', () => {
    const tick: TraceEvent = { e: 'heal', t: 5 };
    const parsed = parseTrace(NODE);
    if (!parsed.ok) throw new Error(parsed.error);
    const long = { header: parsed.header, events: Array.from({ length: 200_000 }, () => tick) };
    expect(new Set(checkTraces([long, long]).map(({ finding }) => finding))).toEqual(new Set(['holds']));
  });

  test('comes back from its text as it was, with the same verdicts', () => {
    const trace = recorded(CAMPAIGNS.mixed.draw(10));
    const parsed = parseTrace(traceText(trace));
    if (!parsed.ok) throw new Error(parsed.error);
    expect(parsed.events).toEqual(trace.events);
    const findings = new Set(checkTraces([parsed]).map(({ finding }) => finding));
    expect(findings).toEqual(new Set(['holds']));
  });

  test.each([
    ['', 1, 'no JSON object'],
    ['\n', 1, 'no JSON object'],
    ['{"v":1', 1, 'no JSON object'],
    ['{"v":2}\n', 1, 'version 1 is expected'],
    ['{"v":1,"source":"oracle"}\n', 1, 'no header'],
    ['{"v":1,"source":"simulator"}\n', 1, 'no scenario'],
    ['{"v":1,"source":"simulator","scenario":{"n":4,"f":2}}\n', 1, 'no committee'],
    ['{"v":1,"source":"simulator","scenario":{"n":1e9,"f":0}}\n', 1, 'no committee'],
    ['{"v":1,"source":"node","cluster":"aa","node":0,"n":4,"f":1}\n', 1, '"window" of the header'],
    [`${NODE}nothing\n`, 2, 'not a JSON object'],
    [`${NODE}\n`, 2, 'not a JSON object'],
    [`${NODE}{"e":"dance","t":1}\n`, 2, 'no event "dance"'],
    [`${NODE}{"e":"tick","t":1,"node":0}\n{"e":"tick","t":1}\n`, 3, '"node" of tick'],
  ])('that is wrong is refused with its line: %j', (text, line, error) => {
    expect(parseTrace(text)).toEqual({ ok: false, line, error: expect.stringContaining(error) });
  });

  test('of the simulator is whole; that of a node may end where the node did', () => {
    const run = traceText(recorded(CAMPAIGNS.calm.draw(1)));
    expect(parseTrace(run.slice(0, -2))).toMatchObject({
      ok: false,
      error: expect.stringContaining('middle'),
    });
    expect(parseTrace(`${NODE}{"e":"tick","t":1,"no`)).toMatchObject({ ok: true, events: [] });
  });

  test.each([
    [{ form: 'late' }, '"form"'],
    [{ schedule: 'never' }, '"schedule"'],
    [{ adversary: 'toString' }, '"adversary"'],
    [{ faulty: [4] }, '"faulty"'],
    [{ limits: {} }, '"limits"'],
    [{ chaos: { crashes: 1 } }, '"chaos"'],
    [{ seed: -1 }, '"seed"'],
    [{ broadcasts: 1e9 }, '"broadcasts"'],
    [{ messageBytes: '1' }, '"messageBytes"'],
  ])('whose scenario cannot be run is refused: %j', (change, name) => {
    const scenario = { ...CAMPAIGNS.calm.draw(1), ...change };
    const text = `${JSON.stringify({ v: 1, source: 'simulator', scenario })}\n`;
    expect(parseTrace(text)).toEqual({ ok: false, line: 1, error: expect.stringContaining(name) });
  });

  test.each([
    [{}],
    [['deliver', 'x']],
    [[['deliver', 7]]],
    [[['warp', 1]]],
    [[['tick', 4]]],
    [[['up', 0]]],
    [[['heal', 0]]],
    [[['heal'], null]],
  ])('whose decisions are none is refused: %j', (decisions) => {
    const header = { v: 1, source: 'simulator', scenario: CAMPAIGNS.calm.draw(1), decisions };
    expect(parseTrace(`${JSON.stringify(header)}\n`)).toMatchObject({ ok: false, line: 1 });
  });

  test.each([1, 2, 3, 4, 5, 6])('is reproduced by its decisions alone (seed %i)', (seed) => {
    const scenario = CAMPAIGNS.crashes.draw(seed, { n: 4, f: 1 });
    const first = recorded(scenario);
    if (first.header.source !== 'simulator' || first.header.decisions === undefined)
      throw new Error('simulated');
    const { violated, quiescent } = runScenario(scenario, {
      sha256: portableSha256,
      replay: first.header.decisions,
    });
    expect({ violated, quiescent }).toEqual({ violated: undefined, quiescent: true });
  });
});

test.each(['twins', 'amnesia-twins', 'bend-equivocate', 'bend-withhold', 'stops-midway', 'mixed', 'parrot'])(
  'what the liars %s do is among the decisions: without their minds the run is the same',
  (adversary) => {
    for (const seed of [1, 2, 3]) {
      const scenario = CAMPAIGNS.liars.draw(seed, { n: 4, f: 1, faulty: [3], adversary });
      const { decisions } = recorded(scenario);
      // Decisions are what time is counted by, so it is another one.
      const told = (replay: boolean): object[] => {
        const events: object[] = [];
        const observe = ({ t: _, ...event }: TraceEvent): void => {
          if ('node' in event && event.node !== 3) events.push(event);
        };
        const options = { sha256: portableSha256, observe };
        runScenario(scenario, replay ? { ...options, replay: decisions } : options);
        return events;
      };
      expect(told(true).slice(0, told(false).length)).toEqual(told(false));
    }
  },
);

test('delta debugging leaves exactly what is needed', () => {
  const items = Array.from({ length: 100 }, (_, i) => i);
  const needed = [3, 42, 77];
  let calls = 0;
  const fails = (subset: readonly number[]): boolean => {
    calls += 1;
    return needed.every((item) => subset.includes(item));
  };
  expect(ddmin(items, fails)).toEqual(needed);
  expect(calls).toBeLessThan(200);
});
