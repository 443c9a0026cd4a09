// What people give a command, read and checked: addresses, amounts of 18 decimals, whole numbers, files of other tools.

import { readFileSync } from 'node:fs'
import { Fault } from '../core/errors.ts'
import type { Hex } from '../core/types.ts'
import { parseDecimal } from './units.ts'

/** Lower-case. Fault `usage` names `what`. */
export function addressOf(text: string, what: string): Hex {
  if (!/^0x[0-9a-fA-F]{40}$/.test(text))
    throw new Fault('usage', `${what} is an address, 0x and 40 hex digits, not ${JSON.stringify(text)}`)
  return text.toLowerCase() as Hex
}

/** `bytes` bytes as lower-case hex. Fault `usage` names `what`. */
export function hexOf(text: string, bytes: number, what: string): Hex {
  if (!/^0x(?:[0-9a-fA-F]{2})*$/.test(text) || text.length !== 2 + 2 * bytes)
    throw new Fault('usage', `${what} is 0x and ${2 * bytes} hex digits, not ${JSON.stringify(text.slice(0, 140))}`)
  return text.toLowerCase() as Hex
}

/** ETH or ANKR as wei or base units, more than nothing. Fault `usage` names `what`. */
export function amountOf(text: string, what: string): bigint {
  const amount = parseDecimal(text, 18, what)
  if (amount === 0n) throw new Fault('usage', `${what} is more than nothing`)
  return amount
}

/** 1 to 999,999,999, or from 0 on. Fault `usage` names `what`. */
export function wholeNumber(text: string, what: string, least: 0 | 1 = 1): number {
  if (!/^(?:0|[1-9]\d{0,8})$/.test(text) || Number(text) < least)
    throw new Fault('usage', `${what} is a whole number from ${least}, not ${JSON.stringify(text)}`)
  return Number(text)
}

/** A file that another tool made. Fault `usage`. */
export function readText(file: string, flag: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new Fault('usage', `${file} cannot be read: check the path given with ${flag}`, { cause })
  }
}
