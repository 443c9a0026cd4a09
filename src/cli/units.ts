// What people type and what contracts count: amounts of ANKR, GHz and GB with decimals, spans with a unit. Refuses what
// is not exactly representable.

import { Fault } from '../core/errors.ts'

/** "12.5" with `decimals` decimals as a whole number of smallest units. Fault `usage` names `flag`. */
export function parseDecimal(text: string, decimals: number, flag: string): bigint {
  const [, whole, part = ''] = /^(\d{1,15})(?:\.(\d+))?$/.exec(text) ?? []
  if (whole === undefined || part.length > decimals)
    throw new Fault('usage', `${flag} is a number with at most ${decimals} decimals, not ${JSON.stringify(text)}`)
  return BigInt(whole + part.padEnd(decimals, '0'))
}

const DECIMALS = 18

/** Wei or base units of ANKR in full: "12.5", "0.000000000000000002". */
export function amountText(amount: bigint): string {
  const text = amount.toString().padStart(DECIMALS + 1, '0')
  const part = text.slice(-DECIMALS).replace(/0+$/, '')
  return `${text.slice(0, -DECIMALS)}${part && `.${part}`}`
}

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 }
const UINT32_MAX = 0xffff_ffff

/** "90s", "15m", "12h", "60d" as seconds. Fault `usage` names `flag`. */
export function parseSpan(text: string, flag: string): number {
  const [, count, unit = ''] = /^(\d{1,10})([smhd])$/.exec(text) ?? []
  const seconds = Number(count) * (SECONDS[unit] ?? 0)
  if (count === undefined || seconds === 0 || seconds > UINT32_MAX)
    throw new Fault('usage', `${flag} is a span such as 90s, 15m, 12h or 60d, not ${JSON.stringify(text)}`)
  return seconds
}

/** "2 d 3 h", "45 s": the two largest parts. */
export function spanText(seconds: number): string {
  const parts: string[] = []
  let left = Math.max(0, Math.round(seconds))
  for (const [unit, size] of Object.entries(SECONDS).toReversed()) {
    const count = Math.floor(left / size)
    left -= count * size
    if (count > 0 && parts.length < 2) parts.push(`${count} ${unit}`)
  }
  return parts.join(' ') || '0 s'
}

/** 4000 thousandths as "4". */
export const thousandths = (amount: number): string => String(amount / 1000)

/** 1500000 with 6 decimals as "1.5": whole units, at most six decimals shown, rounded down. */
export function decimalText(amount: bigint, decimals: number): string {
  const unit = 10n ** BigInt(decimals)
  const part = (amount % unit).toString().padStart(decimals, '0').slice(0, 6).replace(/0+$/, '')
  return part === '' ? String(amount / unit) : `${amount / unit}.${part}`
}

const UNITS = /^(\d{1,15}(?:\.\d+)?) ?(ANKR|ETH|USD|%)$/i

/** "500 ANKR", "1.5eth", "5 USD" with 18 decimals, "10%" in hundredths of a percent, "7d" in seconds; undefined: none of these. */
export function readAmount(text: string): bigint | undefined {
  const [, number, unit] = UNITS.exec(text) ?? []
  if (number !== undefined) return parseDecimal(number, unit === '%' ? 2 : DECIMALS, text)
  return /^\d{1,10}[smhd]$/.test(text) ? BigInt(parseSpan(text, text)) : undefined
}
