// Flags out of the table of knobs (src/config): one for each row, so that help, parsing and checking never disagree.
// It checks nothing: values go as they are to the configuration, which knows what they must be.

import type { Command } from 'commander'
import { environmentOf, flagOf } from '../config/names.ts'

interface Row {
  readonly fallback: string | number | boolean | readonly string[] | ((dataDir: string) => string) | undefined
  readonly help: string
  readonly many: boolean
}

const collect = (value: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), value]

function shownDefault(fallback: Row['fallback']): string {
  if (typeof fallback === 'function') return ' (default: in the data directory)'
  const given = fallback === undefined || fallback === false ? '' : fallback
  const text = typeof given === 'object' ? given.join(',') : String(given)
  return text === '' ? '' : ` (default: ${text})`
}

/** Adds a flag for each knob; lists may be repeated or separated by commas. `environment` names its variable. */
export function addKnobs(
  command: Command,
  knobs: Readonly<Record<string, Row>>,
  environment: (name: string) => string = environmentOf,
): void {
  for (const [name, { fallback, help, many }] of Object.entries(knobs)) {
    const text = `${help}${shownDefault(fallback)} [${environment(name)}]`
    if (typeof fallback === 'boolean') command.option(`${flagOf(name)} [true|false]`, text)
    else if (many) command.option(`${flagOf(name)} <value>`, text, collect)
    else command.option(`${flagOf(name)} <value>`, text)
  }
}
