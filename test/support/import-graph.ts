import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

export const root = path.join(__dirname, '..', '..');

/** One import statement, `export … from`, `import()` or `require`. */
export interface Import {
  /** The importing file, relative to the root. */
  readonly from: string;
  /** A source file, relative to the root, or the name of a package. */
  readonly to: string;
  readonly isOurs: boolean;
  /** Whether compilation removes it, as for `import type`. */
  readonly isType: boolean;
}

/** The imports of one file, found with TypeScript's parser. A generated client counts as a file even if missing. */
export function importsOf(file: string): Import[] {
  const source = ts.createSourceFile(file, readFileSync(path.join(root, file), 'utf8'), ts.ScriptTarget.ES2023, true);
  const found: Import[] = [];

  function add(specifier: ts.Node | undefined, isType: boolean): void {
    if (specifier === undefined || !ts.isStringLiteralLike(specifier)) return;
    const isOurs = specifier.text.startsWith('.');
    const to = isOurs ? fileAt(path.join(path.dirname(file), specifier.text)) : packageOf(specifier.text);
    found.push({ from: file, to, isOurs, isType });
  }

  function visit(node: ts.Node): void {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isTypeOnly(node.importClause));
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, true);
    else if (ts.isCallExpression(node) && isLoading(node.expression)) add(node.arguments[0], false);
    ts.forEachChild(node, visit);
  }

  visit(source);
  return found;
}

/** Whether this is `import type { A }` or `import { type A, type B }`. */
function isTypeOnly(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const named = clause.namedBindings;
  if (clause.name !== undefined || named === undefined || !ts.isNamedImports(named)) return false;
  return named.elements.length > 0 && named.elements.every((element) => element.isTypeOnly);
}

/** Whether this is `import(…)`, `require(…)` or `require.resolve(…)`. */
function isLoading(called: ts.Expression): boolean {
  if (called.kind === ts.SyntaxKind.ImportKeyword) return true;
  const name = ts.isPropertyAccessExpression(called) && called.name.text === 'resolve' ? called.expression : called;
  return ts.isIdentifier(name) && name.text === 'require';
}

function fileAt(target: string): string {
  const candidates = [target, `${target}.ts`, `${target}.mts`, path.join(target, 'index.ts')];
  return candidates.find((name) => /\.[cm]?[tj]s$/.test(name) && existsSync(path.join(root, name))) ?? target;
}

/** The package of a specifier: `@temporalio/worker` for `@temporalio/worker/lib/x`. */
function packageOf(specifier: string): string {
  if (specifier.startsWith('node:')) return specifier;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** Every import reachable from these files; with `values`, without type imports. */
export function closureOf(entries: readonly string[], { values = false } = {}): Import[] {
  const seen = new Set<string>(entries);
  const queue = [...entries];
  const reached: Import[] = [];
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    for (const one of importsOf(file)) {
      if (values && one.isType) continue;
      reached.push(one);
      if (!one.isOurs || seen.has(one.to) || !/\.[cm]?[tj]s$/.test(one.to)) continue;
      seen.add(one.to);
      queue.push(one.to);
    }
  }
  return reached;
}
