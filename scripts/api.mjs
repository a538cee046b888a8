#!/usr/bin/env node
/**
 * Writes `api/<entry>.d.ts`: for every entry point of the package its public names, and every declaration they
 * lead to, without comments. Reads the built `dist/`. A test compares; a difference is a change of the public
 * API to be reviewed as such.
 *
 * Looks at the shape of what the compiler emits: each statement begins in the first column.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * @typedef {{ from: string, name: string }} Elsewhere A name of another module.
 * @typedef {object} Module
 * @property {Map<string, string>} declarations By name: the statements that declare it.
 * @property {Map<string, Elsewhere>} imports By the name used here.
 * @property {Map<string, Elsewhere>} exports By exported name. `from` is '' for a declaration of this module.
 */

/**
 * The text of `api/<entry>.d.ts` for each entry point, by file name.
 *
 * @returns {Map<string, string>}
 */
export function rollUp() {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  /** @type {Map<string, string>} */
  const files = new Map();
  for (const [subpath, target] of Object.entries(manifest.exports)) {
    if (typeof target.types !== 'string') continue;
    const name = subpath === '.' ? 'index' : subpath.slice(2);
    const specifier = posix.join(manifest.name, subpath);
    files.set(`${name}.d.ts`, rollUpEntry(specifier, posix.normalize(target.types)));
  }
  return files;
}

/** @param {string} specifier @param {string} entry @returns {string} */
function rollUpEntry(specifier, entry) {
  /** @type {Map<string, Module>} */
  const modules = new Map();
  /** @type {Map<string, Set<string>>} */
  const reached = new Map();
  /** @param {string} path */
  const moduleAt = (path) => {
    const known = modules.get(path) ?? parse(readFileSync(join(root, path), 'utf8'), path);
    modules.set(path, known);
    return known;
  };
  /** @param {string} path @param {string} name @returns {void} */
  const reach = (path, name) => {
    if (!path.endsWith('.d.ts')) {
      add(path, name);
      return;
    }
    const { declarations, imports, exports } = moduleAt(path);
    const text = declarations.get(name);
    if (text === undefined) {
      const elsewhere = exports.get(name) ?? imports.get(name);
      if (elsewhere === undefined) throw new Error(`${path} has no ${name}`);
      reach(elsewhere.from === '' ? path : elsewhere.from, elsewhere.name);
      return;
    }
    if (!add(path, name)) return;
    for (const word of new Set(text.match(/[A-Za-z_$][\w$]*/g))) {
      const imported = imports.get(word);
      if (imported !== undefined) reach(imported.from, imported.name);
      else if (declarations.has(word)) reach(path, word);
    }
  };
  /** @param {string} path @param {string} name @returns {boolean} Whether it is new. */
  const add = (path, name) => {
    const names = reached.get(path) ?? new Set();
    reached.set(path, names);
    if (names.has(name)) return false;
    names.add(name);
    return true;
  };

  const names = [...moduleAt(entry).exports.keys()].sort();
  for (const name of names) reach(entry, name);
  const head = `// What \`${specifier}\` exports, and what that leads to. Written by \`npm run api\`.\n`;
  const exported = `export {\n${names.map((name) => `  ${name},\n`).join('')}};\n`;
  return [head, exported, ...[...reached].sort(byKey).map((item) => section(item, moduleAt))].join('\n');
}

/** @param {[string, Set<string>]} item @param {(path: string) => Module} moduleAt @returns {string} */
function section([path, names], moduleAt) {
  const sorted = [...names].sort();
  if (!path.endsWith('.d.ts')) return `import { ${sorted.join(', ')} } from '${path}';\n`;
  const { declarations } = moduleAt(path);
  const texts = [...declarations].filter(([name]) => names.has(name)).map(([, text]) => text);
  return `// ${path.replace(/^dist\//, '').replace(/\.d\.ts$/, '')}\n${texts.join('')}`;
}

/** @param {string} text @param {string} path @returns {Module} */
function parse(text, path) {
  /** @type {Module} */
  const module = { declarations: new Map(), imports: new Map(), exports: new Map() };
  for (const statement of statements(text)) {
    const list = /^(import|export) (?:type )?\{([^}]*)\}(?: from '([^']+)')?;/.exec(statement);
    if (list !== null) {
      const from = list[3] === undefined ? '' : resolve(path, list[3]);
      for (const [name, local] of bindings(list[2] ?? '')) {
        const target = list[1] === 'import' ? module.imports : module.exports;
        target.set(local, { from, name });
      }
      continue;
    }
    const whole = /^import (?:type )?(?:\* as )?([\w$]+) from '([^']+)';/.exec(statement);
    if (whole !== null) {
      module.imports.set(whole[1] ?? '', { from: resolve(path, whole[2] ?? ''), name: `* as ${whole[1]}` });
      continue;
    }
    const name = /^(?:export |declare |abstract )*(?:class|function|const|let|type|interface) ([\w$]+)/.exec(
      statement,
    )?.[1];
    if (name === undefined) throw new Error(`${path}: cannot read ${statement.slice(0, 80)}`);
    const declaration = statement.replace(/^export /, '');
    module.declarations.set(name, (module.declarations.get(name) ?? '') + declaration);
    if (statement.startsWith('export ')) module.exports.set(name, { from: '', name });
  }
  return module;
}

/** @param {string} text @returns {string[]} */
function statements(text) {
  const bare = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  const lines = bare.split('\n').filter((line) => line.trim() !== '');
  /** @type {string[]} */
  const found = [];
  for (const line of lines) {
    if (/^(?:import|export|declare|abstract|class|function|const|let|type|interface)\b/.test(line))
      found.push('');
    found.push(`${found.pop() ?? ''}${line.trimEnd()}\n`);
  }
  return found.filter((statement) => statement !== 'export {};\n');
}

/** @param {string} list @returns {[string, string][]} Pairs of the name there and the name here. */
function bindings(list) {
  return list
    .split(',')
    .map((item) => item.trim().replace(/^type /, ''))
    .filter((item) => item !== '')
    .map((item) => {
      const [name = '', local = name] = item.split(' as ');
      return [name, local];
    });
}

/** @param {string} path @param {string} specifier @returns {string} */
function resolve(path, specifier) {
  if (!specifier.startsWith('.')) return specifier;
  return posix.join(posix.dirname(path), specifier).replace(/\.(?:ts|js)$/, '.d.ts');
}

/** @param {[string, unknown]} a @param {[string, unknown]} b */
function byKey([a], [b]) {
  return a < b ? -1 : a > b ? 1 : 0;
}

function main() {
  const api = join(root, 'api');
  const files = rollUp();
  mkdirSync(api, { recursive: true });
  for (const name of readdirSync(api)) if (!files.has(name)) rmSync(join(api, name));
  for (const [name, text] of files) writeFileSync(join(api, name), text);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
