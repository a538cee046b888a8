/** Names of fields that are never written, whatever they hold. */
const SECRET = /token|secret|password|authorization|private|seed|keyfile/i;

const TEXT_CHARS_MAX = 2_048;
const DEPTH_MAX = 4;

/** Fields of a log line as plain JSON: errors become their code and message, bytes their number, secrets a mark. */
export function plainFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, SECRET.test(name) ? '[hidden]' : plain(value, 0)]),
  );
}

function plain(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return shortened(value);
  if (typeof value === 'bigint' || typeof value === 'symbol') return String(value);
  if (typeof value === 'function') return '[function]';
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error) return errorText(value);
  if (value instanceof Uint8Array) return `[${value.length} bytes]`;
  if (value instanceof Date) return value.toISOString();
  if (depth >= DEPTH_MAX) return '[...]';
  if (Array.isArray(value)) return value.slice(0, 64).map((item) => plain(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      SECRET.test(name) ? '[hidden]' : plain(item, depth + 1),
    ]),
  );
}

/** An error and what caused it, in one line each: "CODE: message < CODE: message". */
function errorText(error: Error): string {
  const texts: string[] = [];
  let current: unknown = error;
  while (current instanceof Error && texts.length < 4) {
    const code = 'code' in current && typeof current.code === 'string' ? `${current.code}: ` : '';
    texts.push(current.message.startsWith(code) ? current.message : `${code}${current.message}`);
    current = current.cause;
  }
  return shortened(texts.join(' < '));
}

function shortened(text: string): string {
  return text.length <= TEXT_CHARS_MAX ? text : `${text.slice(0, TEXT_CHARS_MAX)}…`;
}
