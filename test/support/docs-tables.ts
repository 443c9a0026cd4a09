// The configuration tables of docs/operating.md as the knobs themselves would write them: one row each, in their order.
import { environmentOf, flagOf } from '../../src/config/names.ts'

interface Row {
  readonly fallback: string | number | boolean | readonly string[] | ((dataDir: string) => string) | undefined
  readonly help: string
}

/** A chain hash in a URL says nothing to a reader. */
const shortened = (text: string): string => text.replaceAll(/[0-9a-f]{64}/g, (hash) => `${hash.slice(0, 8)}…`)

function shownDefault(fallback: Row['fallback']): string {
  if (fallback === undefined) return 'must be given'
  const value = typeof fallback === 'function' ? fallback('<data dir>') : fallback
  const parts = (typeof value === 'object' ? value : [String(value)]).filter((part) => part !== '')
  return parts.length === 0 ? 'empty' : parts.map((part) => `\`${shortened(part)}\``).join(' ')
}

/** Rows of flag, environment variable, key in config.yaml, default, meaning. */
export const sidecarRows = (knobs: Readonly<Record<string, Row>>): readonly (readonly string[])[] =>
  Object.entries(knobs).map(([name, { fallback, help }]) => [
    `\`${flagOf(name)}\``,
    `\`${environmentOf(name)}\``,
    `\`${name}\``,
    shownDefault(fallback),
    help,
  ])

/** Rows of flag, environment variable, default, meaning. */
export const devnetRows = (
  knobs: Readonly<Record<string, Row>>,
  variable: (name: string) => string,
): readonly (readonly string[])[] =>
  Object.entries(knobs).map(([name, { fallback, help }]) => [
    `\`${flagOf(name)}\``,
    `\`${variable(name)}\``,
    shownDefault(fallback),
    help,
  ])

/** As lines of Markdown, for whoever has to mend the page. */
export const asMarkdown = (rows: readonly (readonly string[])[]): string =>
  rows.map((row) => `| ${row.join(' | ')} |`).join('\n')
