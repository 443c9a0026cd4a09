// Which codes the source can produce, read from its syntax trees: what is given to Fault, reject and ignore, what stands
// under `code` in an object, and what is handed to a function of the same file that passes it on to one of these. It
// guesses nothing: an expression it cannot follow is listed as open, for a person to account for.
import ts from 'typescript'

export interface CodeSite {
  readonly code: string
  readonly file: string
  readonly line: number
}

/** An expression in a code's place that is no literal and leads to none in its own file. */
export interface OpenSite {
  readonly file: string
  readonly line: number
  readonly text: string
}

export interface Codes {
  readonly sites: readonly CodeSite[]
  readonly open: readonly OpenSite[]
}

const MAKERS = new Set(['reject', 'ignore'])
/** Functions that are handed around under this name, and which of their parameters is a code. */
const HANDED: ReadonlyMap<string, number> = new Map([['stuck', 1]])
/** Says again what was said elsewhere, where it was counted. */
const PASSES_ON = /^(?:codeOf\(.*\)|[\w.?]+\.code)$/s

type Routine = ts.FunctionDeclaration | ts.ArrowFunction | ts.FunctionExpression

const isRoutine = (node: ts.Node): node is Routine =>
  ts.isFunctionDeclaration(node) || ts.isArrowFunction(node) || ts.isFunctionExpression(node)

function nameOf(routine: Routine): string | undefined {
  if (routine.name) return routine.name.text
  const { parent } = routine
  return ts.isVariableDeclaration(parent) && ts.isIdentifier(parent.name) ? parent.name.text : undefined
}

function everyNode(root: ts.Node, see: (node: ts.Node) => void): void {
  see(root)
  ts.forEachChild(root, (child) => everyNode(child, see))
}

/** Constants and functions of a file by name; those of inner scopes too, as names are unique enough in short files. */
interface Names {
  readonly constants: ReadonlyMap<string, readonly ts.Expression[]>
  readonly routines: ReadonlyMap<string, Routine>
}

function namesOf(source: ts.SourceFile): Names {
  const constants = new Map<string, ts.Expression[]>()
  const routines = new Map<string, Routine>()
  everyNode(source, (node) => {
    if (isRoutine(node)) {
      const name = nameOf(node)
      if (name !== undefined) routines.set(name, node)
    }
    if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name) && node.initializer)
      constants.set(node.name.text, [...(constants.get(node.name.text) ?? []), node.initializer])
  })
  return { constants, routines }
}

/** The function that has `name` as a parameter around `node`, and which one. */
function parameterOf(node: ts.Node, name: string): { readonly routine: string; readonly index: number } | undefined {
  for (let at = node.parent; !ts.isSourceFile(at); at = at.parent) {
    if (!isRoutine(at)) continue
    const index = at.parameters.findIndex(
      (parameter) => ts.isIdentifier(parameter.name) && parameter.name.text === name,
    )
    if (index < 0) continue
    const routine = nameOf(at)
    return routine === undefined ? undefined : { routine, index }
  }
  return undefined
}

/** Literals of a type: 'a' | 'b' | undefined. */
const literalsOfType = (type: ts.TypeNode | undefined): readonly string[] => {
  if (!type) return []
  if (ts.isUnionTypeNode(type)) return type.types.flatMap(literalsOfType)
  return ts.isLiteralTypeNode(type) && ts.isStringLiteral(type.literal) ? [type.literal.text] : []
}

interface Found {
  readonly literals: readonly ts.StringLiteralLike[]
  /** From a return type: no node of their own. */
  readonly typed: readonly string[]
  readonly passed: readonly { readonly routine: string; readonly index: number }[]
  readonly open: readonly ts.Expression[]
}

const NOTHING: Found = { literals: [], typed: [], passed: [], open: [] }

const join = (...parts: readonly Found[]): Found => ({
  literals: parts.flatMap((part) => part.literals),
  typed: parts.flatMap((part) => part.typed),
  passed: parts.flatMap((part) => part.passed),
  open: parts.flatMap((part) => part.open),
})

const isNothing = (node: ts.Expression): boolean =>
  ts.isNumericLiteral(node) ||
  (ts.isStringLiteralLike(node) && node.text === '') ||
  node.kind === ts.SyntaxKind.NullKeyword ||
  (ts.isIdentifier(node) && node.text === 'undefined')

/** Where a code's expression leads within its file; `exported` gives the literals other files' functions return. */
function follow(node: ts.Expression, names: Names, exported: ReadonlyMap<string, readonly string[]>): Found {
  const again = (inner: ts.Expression): Found => follow(inner, names, exported)
  if (isNothing(node) || PASSES_ON.test(node.getText())) return NOTHING
  if (ts.isStringLiteralLike(node)) return { ...NOTHING, literals: [node] }
  if (ts.isConditionalExpression(node)) return join(again(node.whenTrue), again(node.whenFalse))
  if (ts.isParenthesizedExpression(node) || ts.isAsExpression(node) || ts.isSatisfiesExpression(node))
    return again(node.expression)
  if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) {
    const typed = exported.get(node.expression.text) ?? []
    if (typed.length > 0) return { ...NOTHING, typed }
  }
  if (ts.isIdentifier(node)) {
    const passed = parameterOf(node, node.text)
    if (passed) return { ...NOTHING, passed: [passed] }
    const values = names.constants.get(node.text)
    if (values) return join(...values.map(again))
  }
  return { ...NOTHING, open: [node] }
}

/** Names by which a file knows core/errors.ts's makers. */
function makersOf(source: ts.SourceFile): ReadonlySet<string> {
  const makers = new Set<string>()
  for (const statement of source.statements) {
    if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier)) continue
    if (!/(?:^|\/)errors\.ts$/.test(statement.moduleSpecifier.text)) continue
    const bindings = statement.importClause?.namedBindings
    if (bindings && ts.isNamedImports(bindings))
      for (const { name } of bindings.elements) if (MAKERS.has(name.text)) makers.add(name.text)
  }
  return makers
}

/** `error instanceof Fault ? error.code : 'x'`: what an error without a code is called. */
function unnamedCase({ whenTrue, whenFalse }: ts.ConditionalExpression): ts.Expression | undefined {
  if (PASSES_ON.test(whenTrue.getText())) return whenFalse
  return PASSES_ON.test(whenFalse.getText()) ? whenTrue : undefined
}

/** The expression in a code's place of this node, if it has one. */
function codeIn(node: ts.Node, makers: ReadonlySet<string>): ts.Expression | undefined {
  if (ts.isConditionalExpression(node)) return unnamedCase(node)
  if (ts.isNewExpression(node) && node.expression.getText() === 'Fault') return node.arguments?.[0]
  if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && makers.has(node.expression.text))
    return node.arguments[0]
  if (ts.isPropertyAssignment(node) && ts.isIdentifier(node.name) && node.name.text === 'code') return node.initializer
  if (ts.isShorthandPropertyAssignment(node) && node.name.text === 'code') return shorthandValue(node)
  return undefined
}

/** The code given to a function that was handed in: `deps.stuck(step, code)`, or `stuck(step, code)` taken out of it. */
function handedCode(node: ts.Node, { routines }: Names): ts.Expression | undefined {
  if (!ts.isCallExpression(node)) return undefined
  const { expression, arguments: given } = node
  const named = ts.isPropertyAccessExpression(expression) ? expression.name : expression
  if (!ts.isIdentifier(named) || (named === expression && routines.has(named.text))) return undefined
  return given[HANDED.get(named.text) ?? given.length]
}

/** `{ code }` reads a variable, unless it takes one apart. */
const shorthandValue = (node: ts.ShorthandPropertyAssignment): ts.Expression | undefined =>
  ts.isObjectLiteralExpression(node.parent) ? node.name : undefined

function scan(source: ts.SourceFile, file: string, exported: ReadonlyMap<string, readonly string[]>): Codes {
  const names = namesOf(source)
  const makers = makersOf(source)
  const lineOf = (node: ts.Node): number => source.getLineAndCharacterOfPosition(node.getStart()).line + 1
  const sites: CodeSite[] = []
  const open: OpenSite[] = []
  const followed = new Set<string>()

  function take(node: ts.Expression): void {
    const found = follow(node, names, exported)
    for (const literal of found.literals) sites.push({ code: literal.text, file, line: lineOf(literal) })
    for (const code of found.typed) sites.push({ code, file, line: lineOf(node) })
    for (const one of found.open) open.push({ file, line: lineOf(one), text: one.getText() })
    for (const { routine, index } of found.passed) takeCalls(routine, index)
  }

  /** What callers give as that parameter is a code as well. */
  function takeCalls(routine: string, index: number): void {
    const key = `${routine}/${index}`
    if (followed.has(key)) return
    followed.add(key)
    everyNode(source, (node) => {
      if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression) || node.expression.text !== routine) return
      const given = node.arguments[index]
      if (given) take(given)
    })
  }

  everyNode(source, (node) => {
    const code = codeIn(node, makers) ?? handedCode(node, names)
    if (code) take(code)
  })
  return { sites, open }
}

const parse = (file: string, text: string): ts.SourceFile =>
  ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)

/** Codes in `sources` (path → text), with file and line. */
export function collectCodes(sources: ReadonlyMap<string, string>): Codes {
  const parsed = [...sources].map(([file, text]) => [file, parse(file, text)] as const)
  const exported = new Map<string, readonly string[]>()
  for (const [, source] of parsed)
    for (const [name, routine] of namesOf(source).routines) exported.set(name, literalsOfType(routine.type))
  const found = parsed.map(([file, source]) => scan(source, file, exported))
  return { sites: found.flatMap(({ sites }) => sites), open: found.flatMap(({ open }) => open) }
}

/** String literals of a type alias, or the keys of a constant object: lists that are codes by their purpose. */
export function listedNames(file: string, text: string, name: string): readonly string[] {
  const found: string[] = []
  everyNode(parse(file, text), (node) => {
    if (ts.isTypeAliasDeclaration(node) && node.name.text === name) found.push(...literalsOfType(node.type))
    if (!ts.isVariableDeclaration(node) || node.name.getText() !== name || !node.initializer) return
    let value: ts.Expression = node.initializer
    while (ts.isAsExpression(value) || ts.isSatisfiesExpression(value)) value = value.expression
    if (!ts.isObjectLiteralExpression(value)) return
    for (const { name: key } of value.properties)
      if (key && (ts.isIdentifier(key) || ts.isStringLiteral(key))) found.push(key.text)
  })
  return found
}
