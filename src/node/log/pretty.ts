const LABELS: Readonly<Record<string, { text: string; colour: string }>> = {
  debug: { text: 'debug', colour: '\u001b[2m' },
  info: { text: 'info ', colour: '\u001b[32m' },
  warn: { text: 'WARN ', colour: '\u001b[33m' },
  error: { text: 'ERROR', colour: '\u001b[31m' },
};

const DIM = '\u001b[2m';
const PLAIN = '\u001b[0m';

/** A line of JSON as one for people: time of day, level, event, then `name=value`. */
export function prettyLine(line: string, colour: boolean): string {
  const { time, level, event, repeated, within_s: within, ...fields } = parse(line);
  const label = LABELS[String(level)] ?? { text: String(level), colour: '' };
  const paint = (code: string, text: string): string => (colour ? `${code}${text}${PLAIN}` : text);
  const parts = [
    paint(DIM, String(time).slice(11, 23)),
    paint(label.colour, label.text),
    shown(event),
    ...Object.entries(fields).map(([name, value]) => `${paint(DIM, `${shown(name)}=`)}${shown(value)}`),
  ];
  if (repeated !== undefined) parts.push(`(×${shown(repeated)} in ${shown(within)} s)`);
  return `${parts.join(' ')}\n`;
}

function parse(line: string): Record<string, unknown> {
  const value: unknown = JSON.parse(line);
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

const BARE = /^[\p{L}\p{N}\p{P}\p{S}]+$/u;

/** Text without anything that a terminal or a reader of lines would take for more than text. */
function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (text === undefined) return '';
  return typeof value !== 'string' || (BARE.test(text) && !/["=]/.test(text))
    ? visible(text)
    : visible(JSON.stringify(text));
}

function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (char) => {
    return `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
  });
}
