// What the documentation tests look at in a Markdown page: tables, links, headings, inline code, commands. Reads the small
// part of Markdown that our pages use, and judges nothing.

export interface Table {
  readonly line: number
  /** Nearest heading above. */
  readonly heading: string
  readonly header: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

export interface Piece {
  readonly line: number
  readonly text: string
}

const FENCE = /^\s*```/

/** Lines with their numbers, and whether they stand in a fenced block. */
function* linesOf(page: string): Generator<Piece & { readonly fenced: boolean }> {
  let fenced = false
  for (const [i, text] of page.split('\n').entries()) {
    if (FENCE.test(text)) {
      fenced = !fenced
      continue
    }
    yield { line: i + 1, text, fenced }
  }
}

/** Cells of a table row; `\|` inside a cell is a bar. */
const cellsOf = (row: string): readonly string[] =>
  row
    .trim()
    .replace(/^\||\|$/g, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll('\\|', '|'))

const isRule = (text: string): boolean => /^\|(?:\s*:?-+:?\s*\|)+$/.test(text.trim())

export function tablesOf(page: string): readonly Table[] {
  const tables: { line: number; heading: string; header: readonly string[]; rows: (readonly string[])[] }[] = []
  let heading = ''
  let before = ''
  let open = false
  for (const { line, text, fenced } of linesOf(page)) {
    if (fenced) continue
    const found = /^#+\s+(.*)$/.exec(text)
    if (found) heading = found[1] ?? ''
    if (isRule(text)) {
      tables.push({ line: line - 1, heading, header: cellsOf(before), rows: [] })
      open = true
    } else if (open && text.trim().startsWith('|')) tables.at(-1)?.rows.push(cellsOf(text))
    else open = false
    before = text
  }
  return tables
}

/** `` `code` `` → code; undefined for anything else. */
export const codeCell = (cell: string | undefined): string | undefined => /^`([^`]+)`$/.exec(cell ?? '')?.[1]

/** Targets of `[text](target)`. */
export const linksOf = (page: string): readonly Piece[] =>
  [...linesOf(page)].flatMap(({ line, text, fenced }) =>
    fenced ? [] : [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((found) => ({ line, text: found[1] ?? '' })),
  )

export const inlineCode = (page: string): readonly Piece[] =>
  [...linesOf(page)].flatMap(({ line, text, fenced }) =>
    fenced ? [] : [...text.matchAll(/`([^`]+)`/g)].map((found) => ({ line, text: found[1] ?? '' })),
  )

/** Names by which links reach the headings of a page, as GitHub makes them. */
export const anchorsOf = (page: string): readonly string[] =>
  [...linesOf(page)].flatMap(({ text, fenced }) => {
    const title = fenced ? undefined : /^#+\s+(.*)$/.exec(text)?.[1]
    if (title === undefined) return []
    return [
      title
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(/\s/g, '-'),
    ]
  })

const STARTS = /^(?:\$ )?((?:npx stkr|stkr|npm)\s.*)$/

/** Commands a reader may type, from fenced blocks and inline code: `npm …`, `stkr …`; joined by `&&` they count apart. */
export function commandsOf(page: string): readonly Piece[] {
  const fenced = [...linesOf(page)].filter((piece) => piece.fenced)
  return [...fenced, ...inlineCode(page)].flatMap(({ line, text }) =>
    text
      .replace(/\s#\s.*$/, '')
      .split('&&')
      .flatMap((part) => {
        const command = STARTS.exec(part.trim())?.[1]
        return command === undefined ? [] : [{ line, text: command.replace(/^npx stkr/, 'stkr') }]
      }),
  )
}

/** Words of a command that are flags, without their values. */
export const flagsOf = (command: string): readonly string[] => command.match(/(?<=\s)--[a-z][a-z-]*/g) ?? []
