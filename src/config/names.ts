// The three spellings of a knob, and the name that was meant by a mistyped one.

import { Fault } from '../core/errors.ts'

const kebab = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
/** rpcUrls → --rpc-urls */
export const flagOf = (name: string): string => `--${kebab(name)}`
/** rpcUrls → STKR_RPC_URLS */
export const environmentOf = (name: string): string => `STKR_${kebab(name).replaceAll('-', '_').toUpperCase()}`
/** Devnet knobs carry its name in the environment, where they share one space with a sidecar's. */
export const devnetEnvironmentOf = (name: string): string => environmentOf(`devnet-${name}`)

/** Levenshtein distance, the textbook's two rows. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const substituted = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(substituted, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}

/** The known name closest to a mistyped one; undefined when none is near enough to be meant. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((candidate) => ({ candidate, far: distance(name.toLowerCase().slice(0, 64), candidate.toLowerCase()) }))
    .sort((a, b) => a.far - b.far)
  const best = ranked[0]
  return best && best.far <= Math.max(2, Math.floor(best.candidate.length / 3)) ? best.candidate : undefined
}

/** Fault `config-unknown` for the first of `given` that is not `known`; `where` says who was told it. */
export function refuseUnknown(
  given: readonly string[],
  known: readonly string[],
  where: string | ((name: string) => string),
): void {
  const stranger = given.find((name) => !known.includes(name))
  if (stranger === undefined) return
  const meant = nearest(stranger, known)
  const advice = meant === undefined ? `known are ${known.join(', ')}` : `did you mean ${meant}?`
  const place = typeof where === 'string' ? where : where(stranger)
  throw new Fault('config-unknown', `${place} knows no ${JSON.stringify(stranger.slice(0, 64))}: ${advice}`)
}
