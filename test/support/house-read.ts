// What the house rules look at in one TypeScript file, read from its syntax tree: imports of every form, free names,
// suites and their `.run()`. It judges nothing.
import ts from 'typescript'

export type Import = {
  readonly line: number
  /** `undefined` for a dynamic import of something computed. */
  readonly target: string | undefined
  readonly names: readonly string[]
}

export type Facts = {
  readonly imports: readonly Import[]
  /** Identifiers used as values or types and declared nowhere in the file, with their lines. */
  readonly free: readonly { readonly name: string; readonly line: number }[]
  /** Property accesses on a plain name: `Math.random`, `test.run`. */
  readonly members: readonly { readonly path: string; readonly line: number }[]
  /** Variables that hold a uvu suite, and `test` where it is imported from uvu. */
  readonly suites: readonly string[]
  /** True where every statement passes something on from another file. */
  readonly barrel: boolean
}

const literal = (node: ts.Node | undefined): string | undefined =>
  node && ts.isStringLiteralLike(node) ? node.text : undefined

const importTarget = (node: ts.Node): { readonly found: boolean; readonly target?: string | undefined } => {
  if (ts.isImportDeclaration(node)) return { found: true, target: literal(node.moduleSpecifier) }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier)
    return { found: true, target: literal(node.moduleSpecifier) }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
    return { found: true, target: literal(node.arguments[0]) }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
    return { found: true, target: literal(node.argument.literal) }
  return { found: false }
}

const importedNames = (node: ts.Node): readonly string[] => {
  const bindings = ts.isImportDeclaration(node) ? node.importClause?.namedBindings : undefined
  if (!bindings || !ts.isNamedImports(bindings)) return []
  return bindings.elements.map((element) => (element.propertyName ?? element.name).text)
}

type Named = ts.Node & { readonly name?: ts.Node; readonly propertyName?: ts.Node; readonly right?: ts.Node }

/** Whether an identifier names something of its own (a member, a property, a declaration) instead of referring. */
const isLabel = (node: ts.Identifier): boolean => {
  const parent = node.parent as Named
  if (ts.isShorthandPropertyAssignment(parent)) return false
  return parent.name === node || parent.propertyName === node || (ts.isQualifiedName(parent) && parent.right === node)
}

const declares = (parent: ts.Node): boolean =>
  ts.isVariableDeclaration(parent) ||
  ts.isParameter(parent) ||
  ts.isBindingElement(parent) ||
  ts.isFunctionDeclaration(parent) ||
  ts.isClassDeclaration(parent) ||
  ts.isTypeAliasDeclaration(parent) ||
  ts.isInterfaceDeclaration(parent) ||
  ts.isTypeParameterDeclaration(parent) ||
  ts.isImportSpecifier(parent) ||
  ts.isImportClause(parent) ||
  ts.isNamespaceImport(parent)

const isSuite = (node: ts.Node): node is ts.VariableDeclaration =>
  ts.isVariableDeclaration(node) &&
  node.initializer !== undefined &&
  ts.isCallExpression(node.initializer) &&
  node.initializer.expression.getText() === 'suite'

export const readFacts = (path: string, text: string): Facts => {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS)
  const lineOf = (node: ts.Node): number => source.getLineAndCharacterOfPosition(node.getStart()).line + 1
  const imports: Import[] = []
  const references: { name: string; line: number }[] = []
  const members: { path: string; line: number }[] = []
  const suites: string[] = []
  const declared = new Set<string>()

  const visit = (node: ts.Node): void => {
    const { found, target } = importTarget(node)
    if (found) {
      const names = importedNames(node)
      imports.push({ line: lineOf(node), target, names })
      if (target === 'uvu' && names.includes('test')) suites.push('test')
    }
    if (ts.isIdentifier(node)) {
      if (!isLabel(node)) references.push({ name: node.text, line: lineOf(node) })
      else if (declares(node.parent) && (node.parent as Named).name === node) declared.add(node.text)
    }
    if (ts.isPropertyAccessExpression(node)) {
      const owner = ts.isPropertyAccessExpression(node.expression) ? node.expression.name : node.expression
      members.push({ path: `${owner.getText()}.${node.name.text}`, line: lineOf(node) })
    }
    if (isSuite(node)) suites.push(node.name.getText())
    ts.forEachChild(node, visit)
  }
  visit(source)

  return {
    imports,
    free: references.filter(({ name }) => !declared.has(name)),
    members,
    suites,
    barrel: source.statements.length > 0 && source.statements.every((node) => ts.isExportDeclaration(node)),
  }
}
