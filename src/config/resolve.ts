// From sources to values: the first source that says anything wins, its knob's check decides. Promises to name all that is
// wrong or missing at once, each with the place to mend it, and never a value: URLs hold secrets.

import { Fault } from '../core/errors.ts'
import type { ConfigFile } from './file.ts'
import type { Knobs, Values } from './knobs.ts'
import { environmentOf, flagOf } from './names.ts'

export type RawFlags = Readonly<Record<string, unknown>>
export type Environment = Readonly<Record<string, string | undefined>>

interface Found {
  readonly value: unknown
  /** Where it was said; of one item of a list where that can be told. */
  where(index?: number): string
}
export type Source = (name: string) => Found | undefined

const split = (raw: unknown): unknown =>
  Array.isArray(raw)
    ? raw.flatMap((part: unknown) => (typeof part === 'string' ? part.split(',').filter(Boolean) : part))
    : raw

export const flagSource =
  (flags: RawFlags, knobs: Knobs): Source =>
  (name) => {
    const value = flags[name]
    if (value === undefined) return undefined
    return { value: knobs[name]?.verbatim === true ? value : split(value), where: () => flagOf(name) }
  }

export const environmentSource =
  (environment: Environment, variableOf: (name: string) => string): Source =>
  (name) => {
    const value = environment[variableOf(name)]
    return value === undefined ? undefined : { value, where: () => variableOf(name) }
  }

export const fileSource =
  (file: ConfigFile | undefined): Source =>
  (name) => {
    const value = file?.values.get(name)
    return value === undefined || !file ? undefined : { value, where: (index) => file.place(name, index) }
  }

const indexIn = (path: readonly PropertyKey[] | undefined): number | undefined =>
  typeof path?.[0] === 'number' ? path[0] : undefined

interface Said {
  /** Undefined: nobody says anything and there is no default. */
  readonly value: unknown
  /** Undefined: the default. */
  readonly where?: (index?: number) => string
}

/** What the strongest source says of a knob, unchecked. */
export function saidOf(name: string, row: Knobs[string], dataDir: string, sources: readonly Source[]): Said {
  for (const source of sources) {
    const found = source(name)
    if (found !== undefined) return found
  }
  return { value: typeof row.fallback === 'function' ? row.fallback(dataDir) : row.fallback }
}

/** Values of all `knobs`. Fault `config-invalid`. */
export function resolveKnobs<K extends Knobs>(knobs: K, dataDir: string, sources: readonly Source[]): Values<K> {
  const problems: string[] = []
  const entries = Object.entries(knobs).map(([name, row]) => {
    const { value, where } = saidOf(name, row, dataDir, sources)
    const anywhere = `${flagOf(name)}, ${environmentOf(name)} or "${name}" in config.yaml`
    if (value === undefined) {
      problems.push(`${name} is missing (${row.help}): set ${anywhere}`)
      return [name, undefined]
    }
    const parsed = row.check.safeParse(value)
    const issue = parsed.error?.issues[0]
    if (issue) problems.push(`${where?.(indexIn(issue.path)) ?? anywhere} is wrong: ${issue.message}`)
    return [name, parsed.data]
  })
  if (problems.length > 0) throw new Fault('config-invalid', problems.join('; '))
  // Every entry passed the check of its own row, which is what Values says.
  return Object.fromEntries(entries) as Values<K>
}
