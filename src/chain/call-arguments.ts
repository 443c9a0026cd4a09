// Arguments of a contract's function out of plain values, as JSON or people's words have them. Promises that what it returns
// fits the ABI exactly: nothing is rounded, cut, guessed or left out. Pure.

import type { AbiParameter } from 'abitype'
import { isAddress } from 'ethers'
import { reject } from '../core/errors.ts'
import type { Fault } from '../core/errors.ts'

/** What people write for a whole number besides its digits: "500 ANKR" as base units; undefined: it is none of these. */
export type ReadAmount = (text: string) => bigint | undefined

const INTEGER = /^(u?)int(\d+)$/
const BYTES = /^bytes(\d*)$/
const LIST = /^(.*)\[(\d*)\]$/

const shown = (value: unknown): string => {
  if (value === undefined) return 'nothing'
  return typeof value === 'bigint' ? String(value) : JSON.stringify(value)
}

const wrong = (path: string, wanted: string, value: unknown): Fault =>
  reject('call-argument', `${path} is ${wanted}, not ${shown(value).slice(0, 80)}`, { path })

function wholeOf(value: unknown, readAmount: ReadAmount): bigint | undefined {
  if (typeof value === 'bigint') return value
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : undefined
  if (typeof value !== 'string') return undefined
  return /^-?\d{1,78}$/.test(value) ? BigInt(value) : readAmount(value)
}

function integer(value: unknown, path: string, [, unsigned, size]: readonly string[], readAmount: ReadAmount): bigint {
  const bits = BigInt(size ?? '256')
  const [least, most] = unsigned === 'u' ? [0n, 2n ** bits - 1n] : [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n]
  const whole = wholeOf(value, readAmount)
  if (whole === undefined || whole < least || whole > most)
    throw wrong(path, `a whole number from ${least} to ${most}`, value)
  return whole
}

function hex(value: unknown, path: string, size: string): string {
  const wanted = size === '' ? 'bytes: 0x and an even number of hex digits' : `0x and ${Number(size) * 2} hex digits`
  const isHex = typeof value === 'string' && /^0x(?:[0-9a-fA-F]{2})*$/.test(value)
  if (!isHex || (size !== '' && value.length !== 2 + Number(size) * 2)) throw wrong(path, wanted, value)
  return value.toLowerCase()
}

function list(
  value: unknown,
  inner: AbiParameter,
  length: string,
  path: string,
  readAmount: ReadAmount,
): readonly unknown[] {
  const wanted = `a list${length === '' ? '' : ` of ${length}`}`
  if (!Array.isArray(value) || (length !== '' && value.length !== Number(length))) throw wrong(path, wanted, value)
  return (value as readonly unknown[]).map((item, i) => argumentOf(item, inner, `${path}[${i}]`, readAmount))
}

/** A struct by the names of its fields, every one and no other. */
function struct(value: unknown, fields: readonly AbiParameter[], path: string, readAmount: ReadAmount): object {
  const names = fields.map(({ name }) => name ?? '')
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw wrong(path, `an object with ${names.join(', ')}`, value)
  const given = new Map<string, unknown>(Object.entries(value))
  const stranger = [...given.keys()].find((name) => !names.includes(name))
  if (stranger !== undefined) throw wrong(path, `an object with ${names.join(', ')} and nothing else`, stranger)
  return Object.fromEntries(
    fields.map((field): [string, unknown] => [
      field.name ?? '',
      argumentOf(given.get(field.name ?? ''), field, `${path}.${field.name}`, readAmount),
    ]),
  )
}

function argumentOf(value: unknown, parameter: AbiParameter, path: string, readAmount: ReadAmount): unknown {
  const { type } = parameter
  const [, item, length] = LIST.exec(type) ?? []
  if (item !== undefined) return list(value, { ...parameter, type: item }, length ?? '', path, readAmount)
  if ('components' in parameter) return struct(value, parameter.components, path, readAmount)
  const number = INTEGER.exec(type)
  if (number) return integer(value, path, number, readAmount)
  const bytes = BYTES.exec(type)
  if (bytes) return hex(value, path, bytes[1] ?? '')
  if (type === 'address') {
    if (typeof value !== 'string' || !/^0x/.test(value) || !isAddress(value))
      throw wrong(path, 'an address, 0x and 40 hex digits, capitals right or none', value)
    return value.toLowerCase()
  }
  if (type === 'bool') {
    if (value === true || value === 'true') return true
    if (value === false || value === 'false') return false
    throw wrong(path, 'true or false', value)
  }
  if (typeof value !== 'string') throw wrong(path, 'a text', value)
  return value
}

/** All arguments of a function, checked. Fault `call-argument` names the place: `p.quorumBps`. */
export function argumentsOf(
  values: readonly unknown[],
  parameters: readonly AbiParameter[],
  readAmount: ReadAmount,
): readonly unknown[] {
  if (values.length !== parameters.length) {
    const wanted = parameters.map(({ name, type }) => `${name || 'unnamed'} ${type}`).join(', ') || 'nothing'
    throw reject('call-argument', `it takes ${wanted}: ${parameters.length} arguments, not ${values.length}`)
  }
  return values.map((value, i) => {
    const parameter = parameters[i]
    return parameter && argumentOf(value, parameter, parameter.name || `argument ${i + 1}`, readAmount)
  })
}
