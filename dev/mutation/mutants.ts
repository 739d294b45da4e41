import ts from 'typescript';

/** One small defect: this text in place of what is between two offsets of the source. */
export interface Mutant {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

const binaries: Readonly<Record<string, readonly string[]>> = {
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '===': ['!=='],
  '!==': ['==='],
  '&&': ['||'],
  '||': ['&&'],
  '+': ['-'],
  '-': ['+'],
  '*': ['/'],
  '/': ['*'],
  '%': ['*'],
};

const methods: ReadonlyMap<string, string> = new Map([
  ['some', 'every'],
  ['every', 'some'],
  ['min', 'max'],
  ['max', 'min'],
  ['startsWith', 'endsWith'],
  ['endsWith', 'startsWith'],
]);

/** Methods whose call may be replaced by the object that it is called on. */
const removable = new Set(['filter', 'sort', 'toSorted', 'reverse', 'toReversed', 'trim', 'slice']);

/** Words in a row: a text for people, whose wording no test should repeat. */
const prose = /[\w,;:’'`}] [\w‘'`$]/;

/**
 * Every mutant of a source file, in the order of the text: conditions decided and negated, operators and limits
 * exchanged, results and statements removed, strings and arrays emptied. Types, imports and prose are left alone.
 */
export function mutantsOf(file: string, source: string): Mutant[] {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.ES2023, true);
  const found: Mutant[] = [];

  function replace(node: ts.Node, ...texts: readonly string[]): void {
    for (const text of texts) found.push({ start: node.getStart(tree), end: node.getEnd(), text });
  }

  function visit(node: ts.Node): void {
    if (isWithoutEffect(node)) return;
    for (const text of replacementsOf(node)) replace(node, text);
    if (ts.isIfStatement(node)) replace(node.expression, 'true', 'false');
    if (ts.isConditionalExpression(node)) replace(node.condition, 'true', 'false');
    if (ts.isWhileStatement(node)) replace(node.expression, 'false');
    if (ts.isBinaryExpression(node)) replace(node.operatorToken, ...operatorsFor(node));
    if (ts.isReturnStatement(node) && node.expression && isTelling(node.expression)) replace(node.expression, nothing);
    if (ts.isArrowFunction(node) && !ts.isBlock(node.body) && isTelling(node.body)) replace(node.body, nothing);
    if (ts.isPropertyAccessExpression(node) && ts.isCallExpression(node.parent)) {
      const other = methods.get(node.name.text);
      if (other !== undefined && node.parent.expression === node) replace(node.name, other);
    }
    ts.forEachChild(node, visit);
  }

  visit(tree);
  return found.sort((one, other) => one.start - other.start || one.end - other.end);
}

const nothing = 'undefined';

/** The source with the defect in it. */
export function applied(source: string, { start, end, text }: Mutant): string {
  return source.slice(0, start) + text + source.slice(end);
}

/** Texts to stand for the whole node. */
function replacementsOf(node: ts.Node): string[] {
  if (node.kind === ts.SyntaxKind.TrueKeyword) return ['false'];
  if (node.kind === ts.SyntaxKind.FalseKeyword) return ['true'];
  if (ts.isExpressionStatement(node) || ts.isThrowStatement(node)) return [';'];
  if (ts.isPrefixUnaryExpression(node) && isNegation(node)) return [node.operand.getText()];
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken) {
    return [node.left.getText()];
  }
  if (ts.isArrayLiteralExpression(node) && node.elements.length > 0) return ['[]'];
  if ((ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)) && isEmptied(node)) return ["''"];
  if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
    const { name, expression } = node.expression;
    if (removable.has(name.text)) return [expression.getText()];
  }
  return [];
}

/** Types are gone when the program runs, and without an import nothing does. */
function isWithoutEffect(node: ts.Node): boolean {
  return (
    ts.isTypeNode(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isImportDeclaration(node) ||
    ts.isExportDeclaration(node)
  );
}

function operatorsFor({ left, operatorToken, right }: ts.BinaryExpression): readonly string[] {
  const operator = operatorToken.getText();
  const isConcatenation = operator === '+' && [left, right].some((side) => isText(side));
  return isConcatenation ? [] : (binaries[operator] ?? []);
}

function isText(node: ts.Node): boolean {
  return ts.isStringLiteralLike(node) || ts.isTemplateExpression(node);
}

function isNegation({ operator }: ts.PrefixUnaryExpression): boolean {
  return operator === ts.SyntaxKind.ExclamationToken || operator === ts.SyntaxKind.MinusToken;
}

/** Whether returning nothing differs from returning this; `true` and `false` have a mutant of their own. */
function isTelling(node: ts.Node): boolean {
  return ![nothing, 'true', 'false', "''", '[]'].includes(node.getText());
}

function isEmptied(node: ts.Node): boolean {
  const { parent } = node;
  const isName = 'name' in parent && parent.name === node;
  return !isName && node.getText().length > 2 && !prose.test(node.getText());
}
