// What a knob is and the checks they share. A knob's name gives its flag (--rpc-urls), its environment variable
// (STKR_RPC_URLS) and its key in config.yaml (rpcUrls); its row gives default, check and one sentence. Files beside this
// one hold the rows, a group each; sidecar.ts puts the groups together.

import * as z from 'zod'
import type { Hex } from '../core/types.ts'

export interface Knob<S extends z.ZodType> {
  /** Undefined: must be given. A function: follows from the data directory. */
  readonly fallback: string | number | boolean | readonly string[] | ((dataDir: string) => string) | undefined
  readonly check: S
  readonly help: string
  /** A list: its flag may be repeated. */
  readonly many: boolean
  /** A list whose items are taken as they are: they may hold commas. */
  readonly verbatim: boolean
  /** May hold a password or an access key: shown without them. */
  readonly secret: boolean
}
export type Knobs = Readonly<Record<string, Knob<z.ZodType>>>
export type Values<K extends Knobs> = { readonly [Name in keyof K]: z.infer<K[Name]['check']> }

export const knob = <S extends z.ZodType>(fallback: Knob<S>['fallback'], check: S, help: string): Knob<S> => ({
  fallback,
  check,
  help,
  many: false,
  verbatim: false,
  secret: false,
})

export const PATH_MAX = 4096
const LIST_MAX = 64

export const path = z.string().min(1).max(PATH_MAX)
export const address = z
  .string({ error: 'expected an address: 0x and 40 hex digits' })
  .regex(/^0x[0-9a-fA-F]{40}$/, 'expected an address: 0x and 40 hex digits')
  .transform((hex): Hex => `0x${hex.slice(2).toLowerCase()}`)
export const url = z.url({ protocol: /^https?$/, error: 'expected an http or https URL' }).max(2048)
export const multiaddr = z
  .string()
  .regex(/^\/(?:ip4|ip6|dns|dns4|dns6|dnsaddr|p2p)\/[^\s,]+$/, 'expected a multiaddr such as /ip4/0.0.0.0/tcp/9470')
  .max(512)

/** Every source gives text, or lists of it: each becomes what the check expects. */
export const flagLike = z.preprocess((raw) => (raw === 'true' ? true : raw === 'false' ? false : raw), z.boolean())
export const integer = (least: number, most: number) =>
  z.preprocess(
    (raw) => (typeof raw === 'string' && /^\d{1,15}$/.test(raw) ? Number(raw) : raw),
    z.int().min(least).max(most),
  )
/** A number with at most `decimals` decimals, as a whole number of its smallest unit; below 2^96. */
export const decimal = (decimals: number) =>
  z
    .string()
    .regex(new RegExp(`^\\d{1,15}(?:\\.\\d{1,${decimals}})?$`), `expected a number with at most ${decimals} decimals`)
    // For editors: a bare number in the file is as good as a quoted one, since the file is read as text.
    .meta({ type: ['string', 'number'] })
    .transform((text) => {
      const [whole = '', part = ''] = text.split('.')
      return BigInt(whole + part.padEnd(decimals, '0'))
    })
/** Empty text: not given. */
export const optional = <S extends z.ZodType>(check: S) => z.union([z.literal('').transform(() => undefined), check])

/** One text is a list separated by commas. */
const listed = (raw: unknown): unknown => (typeof raw === 'string' ? raw.split(',').filter(Boolean) : raw)
const list = <S extends z.ZodType>(item: S, least = 0) =>
  z.preprocess(listed, z.array(item).min(least).max(LIST_MAX).readonly())

export const listKnob = <S extends z.ZodType>(
  fallback: readonly string[] | undefined,
  item: S,
  help: string,
  least: number = 0,
) => ({ ...knob(fallback, list(item, least), help), many: true })

/** One text is split at white space, or is a JSON list when an argument holds some. */
const worded = (raw: unknown): unknown => {
  if (typeof raw !== 'string') return raw
  if (!raw.startsWith('[')) return raw.split(/\s+/).filter(Boolean)
  try {
    return JSON.parse(raw) as unknown
  } catch {
    return raw
  }
}

/** Program and arguments, or other words that may hold commas. */
export const wordsKnob = (fallback: readonly string[], help: string, word: z.ZodString = z.string()) => ({
  ...knob(fallback, z.preprocess(worded, z.array(word.max(PATH_MAX)).max(LIST_MAX).readonly()), help),
  many: true,
  verbatim: true,
})

/** Marks knobs whose values may hold credentials. */
export const secret = <K extends Knob<z.ZodType>>(row: K): K => ({ ...row, secret: true })
