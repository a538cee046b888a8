import { describe, expect, test } from 'vitest';
import { traceText } from '../../src/cli/sim/trace-file.ts';
import { portableSha256 } from '../../src/crypto/index.ts';
import {
  CAMPAIGNS,
  checkTraces,
  ddmin,
  parseTrace,
  runScenario,
  type Scenario,
  simulatedHeader,
  type Trace,
  type TraceEvent,
} from '../../src/simulator/index.ts';

function recorded(scenario: Scenario): Trace & { readonly decisions: readonly unknown[] } {
  const events: TraceEvent[] = [];
  const { decisions } = runScenario(scenario, {
    sha256: portableSha256,
    observe: (event) => events.push(event),
  });
  return { header: simulatedHeader(scenario, { decisions }), events, decisions };
}

describe('a trace', () => {
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
    ['{"v":2}\n', 1, 'version 1 is expected'],
    ['{"v":1,"source":"simulator"}\n', 1, 'no header'],
    ['{"v":1,"source":"node","node":0,"n":4}\nnothing\n', 2, 'not a JSON object'],
    ['{"v":1,"source":"node","node":0,"n":4}\n{"e":"dance","t":1}\n', 2, 'no event "dance"'],
    [
      '{"v":1,"source":"node","node":0,"n":4}\n{"e":"tick","t":1,"node":0}\n{"e":"tick","t":1}\n',
      3,
      '"node" of tick',
    ],
  ])('that is wrong is refused with its line: %j', (text, line, error) => {
    expect(parseTrace(text)).toEqual({ ok: false, line, error: expect.stringContaining(error) });
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
