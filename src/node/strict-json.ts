import { createScanner, type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import { closestMatch } from 'leven';
import * as v from 'valibot';
import { QuorumcastError, type QuorumcastErrorCode } from './errors.ts';

/** Where a value stands in a document: keys and array indices from the root. */
export type JsonPath = readonly (string | number)[];

/** One thing that is wrong with a document. */
export interface JsonProblem {
  readonly message: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
}

/** A document that was refused, with all that is wrong with it in the order of the text. */
export class StrictJsonError extends QuorumcastError {
  readonly fileName: string;
  readonly problems: readonly JsonProblem[];

  constructor(code: QuorumcastErrorCode, fileName: string, problems: readonly JsonProblem[], hint: string) {
    const lines = problems.map(({ line, column, message }) => `${fileName}:${line}:${column} ${message}`);
    super(code, lines.join('\n'), { hint });
    this.fileName = fileName;
    this.problems = problems;
  }
}

/** How a document is read. */
export interface StrictJsonOptions<Value> {
  /** The code of the error that a bad document becomes. */
  readonly code: QuorumcastErrorCode;
  /** What to do about a bad document, in one sentence. */
  readonly hint?: string;
  /** Whether comments and trailing commas are allowed, as in files that people write. Default false. */
  readonly comments?: boolean;
  /** Rules across values, asked once every single value is good. Reports what is wrong and where. */
  readonly check?: (value: Value, report: (path: JsonPath, message: string) => void) => void;
}

/** Longest document, UTF-16 units: a cluster of 256 members with all signatures has a tenth of it. */
const TEXT_MAX = 4 * 1024 * 1024;
/** Deepest nesting. */
const DEPTH_MAX = 32;
/** Problems told of one document: a peer may send one in which every character is wrong, and each costs a look at the text. */
const PROBLEMS_MAX = 64;
/** A key this many edits away from a known one is taken for a slip. */
const SLIP_EDITS_MAX = 2;

/**
 * Reads a JSON document by a schema of `v.object`, `v.array`, `v.record` and scalars, optional or in pipes.
 * Unknown and repeated keys are refused, with a suggestion where one is near; problems are told at once, up to `PROBLEMS_MAX`.
 * @throws StrictJsonError
 */
export function parseStrictJson<const Schema extends v.GenericSchema>(
  text: string,
  fileName: string,
  schema: Schema,
  options: StrictJsonOptions<v.InferOutput<Schema>>,
): v.InferOutput<Schema> {
  const found: { offset: number; message: string }[] = [];
  const fail = (): never => {
    const told = found.slice(0, PROBLEMS_MAX).sort((a, b) => a.offset - b.offset);
    const problems = told.map(({ offset, message }) => ({ message, ...position(text, offset) }));
    throw new StrictJsonError(options.code, fileName, problems, options.hint ?? '');
  };

  const root = readTree(text, options.comments ?? false, found);
  if (root === undefined || found.length > 0) return fail();
  checkKeys(root, schema, found);
  if (found.length >= PROBLEMS_MAX) return fail();
  const result = v.safeParse(schema, plainValue(root));
  const known = new Set(found.map(({ offset }) => offset));
  for (const issue of (result.issues ?? []).slice(0, PROBLEMS_MAX)) {
    const problem = describeIssue(root, issue);
    if (!known.has(problem.offset)) found.push(problem);
  }
  if (!result.success || found.length > 0) return fail();
  options.check?.(result.output, (path, message) => {
    if (found.length < PROBLEMS_MAX) found.push({ offset: nodeAt(root, path).offset, message });
  });
  return found.length > 0 ? fail() : result.output;
}

interface Found {
  readonly offset: number;
  readonly message: string;
}

function readTree(text: string, comments: boolean, found: Found[]): Node | undefined {
  const tooDeep = text.length <= TEXT_MAX ? depthExceededAt(text) : undefined;
  if (text.length > TEXT_MAX) found.push({ offset: 0, message: `longer than ${TEXT_MAX} characters` });
  if (tooDeep !== undefined) found.push({ offset: tooDeep, message: `nested deeper than ${DEPTH_MAX}` });
  if (text.trim() === '') found.push({ offset: 0, message: 'the document is empty' });
  if (found.length > 0) return undefined;
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { disallowComments: !comments, allowTrailingComma: comments });
  // What follows the first slip in the syntax is mostly its echo.
  const [first] = errors;
  if (first !== undefined) found.push({ offset: first.offset, message: describeSyntax(first) });
  return root;
}

/** Where brackets are nested too deep for a recursive parser. */
function depthExceededAt(text: string): number | undefined {
  const scanner = createScanner(text, true);
  let depth = 0;
  while (scanner.getPosition() < text.length) {
    scanner.scan();
    const at = scanner.getTokenOffset();
    if (scanner.getTokenLength() !== 1) continue;
    if (text[at] === '{' || text[at] === '[') depth += 1;
    else if (text[at] === '}' || text[at] === ']') depth -= 1;
    if (depth > DEPTH_MAX) return at;
  }
  return undefined;
}

function describeSyntax(error: ParseError): string {
  const words = printParseErrorCode(error.error).replaceAll(/([a-z])([A-Z])/g, '$1 $2');
  return `not valid JSON: ${words.toLowerCase()}`;
}

/** Reports repeated and unknown keys, everywhere the schema says which keys there are. */
function checkKeys(node: Node, schema: v.GenericSchema | undefined, found: Found[]): void {
  if (found.length >= PROBLEMS_MAX) return;
  const { entries, value: valueSchema, item } = shape(schema);
  if (node.type === 'array') {
    // Valibot takes a list for an object.
    if (entries !== undefined || valueSchema !== undefined) {
      found.push({ offset: node.offset, message: 'must be an object, not a list' });
    }
    for (const child of node.children ?? []) checkKeys(child, item, found);
    return;
  }
  if (node.type !== 'object') return;
  const seen = new Set<string>();
  for (const property of node.children ?? []) {
    if (found.length >= PROBLEMS_MAX) return;
    const [keyNode, valueNode] = property.children ?? [];
    if (keyNode === undefined || valueNode === undefined) continue;
    const key = String(keyNode.value);
    if (seen.has(key)) found.push({ offset: keyNode.offset, message: `key ${quote(key)} stands here twice` });
    seen.add(key);
    if (entries !== undefined && !Object.hasOwn(entries, key)) {
      found.push({ offset: keyNode.offset, message: `unknown key ${quote(key)}${suggest(key, entries)}` });
    } else {
      checkKeys(valueNode, entries === undefined ? valueSchema : entries[key], found);
    }
  }
}

interface SchemaShape {
  readonly entries?: Readonly<Record<string, v.GenericSchema>>;
  readonly item?: v.GenericSchema;
  readonly value?: v.GenericSchema;
  readonly wrapped?: v.GenericSchema;
}

/** What a schema says about children: through `optional` and the like, and through the first step of a pipe. */
function shape(schema: v.GenericSchema | undefined): SchemaShape {
  let current = (schema ?? {}) as SchemaShape;
  while (current.wrapped !== undefined) current = current.wrapped as SchemaShape;
  return current;
}

function suggest(key: string, entries: Readonly<Record<string, unknown>>): string {
  const near = closestMatch(key, Object.keys(entries), { maxDistance: SLIP_EDITS_MAX });
  return near === undefined ? '' : `; did you mean ${quote(near)}?`;
}

/** The value of a tree. Keys such as "__proto__" become plain properties. */
function plainValue(node: Node): unknown {
  if (node.type === 'array') return (node.children ?? []).map(plainValue);
  if (node.type !== 'object') return node.value;
  const value: Record<string, unknown> = {};
  for (const property of node.children ?? []) {
    const [keyNode, valueNode] = property.children ?? [];
    if (keyNode === undefined || valueNode === undefined) continue;
    Object.defineProperty(value, String(keyNode.value), {
      value: plainValue(valueNode),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return value;
}

function describeIssue(root: Node, issue: v.BaseIssue<unknown>): Found {
  const path = (issue.path ?? []).map(({ key }) => key as string | number);
  const node = nodeAt(root, path);
  const name = path.length === 0 ? 'the document' : quote(String(path.at(-1)));
  if (issue.kind === 'schema' && issue.input === undefined) {
    return { offset: node.offset, message: `missing key ${name}` };
  }
  if (issue.kind === 'schema' && issue.type !== 'custom') {
    const expected =
      EXPECTED[issue.type] ??
      issue.expected?.replaceAll(/[()]/g, '').replaceAll('|', 'or') ??
      'something else';
    return { offset: node.offset, message: `${name} must be ${expected}, not ${describeValue(issue.input)}` };
  }
  return { offset: node.offset, message: `${name} ${issue.message}` };
}

const EXPECTED: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  boolean: 'true or false',
  object: 'an object',
  strict_object: 'an object',
  record: 'an object',
  array: 'a list',
};

function describeValue(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  return typeof value === 'string' ? quote(value.slice(0, 40)) : String(value);
}

function quote(text: string): string {
  return JSON.stringify(text);
}

/** The node at a path, or the last one on the way to it that exists. */
function nodeAt(root: Node, path: JsonPath): Node {
  let node = root;
  for (const step of path) {
    const next =
      typeof step === 'number'
        ? node.children?.[step]
        : node.children?.find(({ children }) => children?.[0]?.value === step)?.children?.[1];
    if (next === undefined) return node;
    node = next;
  }
  return node;
}

function position(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: offset - lineStart + 1 };
}
