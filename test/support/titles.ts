import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

/** A title of a test, or of a block of tests. */
export interface Title {
  /** Relative to the root, with forward slashes. */
  readonly file: string;
  /** As written: `$name` and `%s` are placeholders for the values of a row. */
  readonly title: string;
  /** Jest never runs it. A test that is skipped on some machines only does not count as skipped. */
  readonly skipped: boolean;
}

const words: ReadonlySet<string> = new Set(['test', 'it', 'describe']);
const skippedWords: ReadonlySet<string> = new Set(['xtest', 'xit', 'xdescribe']);
const skippingModifiers: ReadonlySet<string> = new Set(['skip', 'todo']);

/** The titles of every test under `folder`, read from the syntax of its files without running them. */
export function titlesBelow(root: string, folder: string): Title[] {
  const files = readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' });
  return files
    .filter((name) => name.endsWith('.ts'))
    .map((name) => path.posix.join(folder, name.split(path.sep).join('/')))
    .sort()
    .flatMap((file) => titlesOf(file, readFileSync(path.join(root, file), 'utf8')));
}

/** The titles in one file. A title that begins with a field, such as `$name`, also counts with the text of each row. */
export function titlesOf(file: string, text: string): Title[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const titles: Title[] = [];
  const visit = (node: ts.Node, skipping: boolean): void => {
    const call = ts.isCallExpression(node) ? testCallOf(node) : null;
    const skipped = skipping || (call?.skipped ?? false);
    if (call !== null) {
      for (const title of [call.title, ...rowTitles(source, call.title)]) titles.push({ file, title, skipped });
    }
    ts.forEachChild(node, (child) => visit(child, skipped));
  };
  visit(source, false);
  return titles;
}

function testCallOf(call: ts.CallExpression): { readonly title: string; readonly skipped: boolean } | null {
  const title = textOf(call.arguments[0]);
  const [word = '', ...modifiers] = namesOf(call.expression);
  if (title === null || !(words.has(word) || skippedWords.has(word))) return null;
  return { title, skipped: skippedWords.has(word) || modifiers.some((name) => skippingModifiers.has(name)) };
}

/** `test.skip.each(rows)` as `test`, `skip`, `each`; nothing for an expression that does not begin with a name. */
function namesOf(callee: ts.Expression): string[] {
  if (ts.isIdentifier(callee)) return [callee.text];
  if (ts.isCallExpression(callee) || ts.isParenthesizedExpression(callee)) return namesOf(callee.expression);
  if (ts.isTaggedTemplateExpression(callee)) return namesOf(callee.tag);
  if (ts.isPropertyAccessExpression(callee)) {
    const names = namesOf(callee.expression);
    return names.length === 0 ? [] : [...names, callee.name.text];
  }
  if (ts.isConditionalExpression(callee)) {
    // A test that is skipped on some machines runs on the others.
    const choices = [namesOf(callee.whenTrue), namesOf(callee.whenFalse)];
    return choices.find((names) => !names.some((name) => skippingModifiers.has(name))) ?? choices[0] ?? [];
  }
  return [];
}

/** For a title that begins with a field of its rows, such as `$name (B24)`: the title with the text of each row. */
function rowTitles(source: ts.SourceFile, title: string): string[] {
  const field = /^\$(\w+)/.exec(title)?.[1];
  if (field === undefined) return [];
  const texts: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAssignment(node) && ts.isIdentifier(node.name) && node.name.text === field) {
      const text = textOf(node.initializer);
      if (text !== null) texts.push(title.replace(`$${field}`, () => text));
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return texts;
}

/** The text of a string, or the source of a template with its `${…}` unchanged. */
function textOf(node: ts.Expression | undefined): string | null {
  if (node === undefined) return null;
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node)) return node.getText().slice(1, -1);
  return null;
}
