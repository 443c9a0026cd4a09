// The configuration file: config.yaml in the data directory, or the config.json that older versions wrote (JSON is YAML).
// Read as text: what a value means is its knob's business, and 0x… stays an address, 0.1 an exact amount. Promises that
// every error names file, line and column, and that no error repeats a value.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { LineCounter, isMap, isScalar, isSeq, parseDocument } from 'yaml'
import type { ParsedNode } from 'yaml'
import { Fault } from '../core/errors.ts'
import { refuseUnknown } from './names.ts'

export interface ConfigFile {
  readonly name: string
  /** Texts and lists of texts by knob; a key without value is not given. */
  readonly values: ReadonlyMap<string, string | readonly string[]>
  /** `file:line:column` of a key's value, or of one item of it. */
  place(key: string, index?: number): string
}

const CONFIG_MAX_BYTES = 64 * 1024
const NAMES = ['config.yaml', 'config.json']

/** The file that is there; otherwise the one to write. Fault `config-ambiguous`. */
export function configFileOf(dataDir: string): string {
  const [yaml = '', json = ''] = NAMES.map((name) => join(dataDir, name))
  if (!existsSync(json)) return yaml
  if (existsSync(yaml)) throw new Fault('config-ambiguous', `${yaml} and config.json both exist: keep one of them`)
  return json
}

function textOf(name: string): string | undefined {
  let text: string
  try {
    text = readFileSync(name, 'utf8')
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
    throw new Fault('config-unreadable', `${name} cannot be read: check its owner and mode`, { cause })
  }
  if (text.length > CONFIG_MAX_BYTES)
    throw new Fault('config-unreadable', `${name} is larger than ${CONFIG_MAX_BYTES} bytes`)
  return text
}

const NOTHING = new Set(['', '~', 'null'])

/** Text of a scalar; undefined where nothing was given; null for what is no scalar. */
function scalarText(node: unknown): string | undefined | null {
  if (node === null) return undefined
  if (!isScalar(node) || typeof node.value !== 'string') return null
  return node.type === 'PLAIN' && NOTHING.has(node.value) ? undefined : node.value
}

function valueOf(node: unknown, place: (index?: number) => string): string | readonly string[] | undefined {
  if (!isSeq(node)) {
    const text = scalarText(node)
    if (text === null) throw new Fault('config-invalid', `${place()} is wrong: expected a value or a list of values`)
    return text
  }
  return node.items.map((item, index) => {
    const text = scalarText(item)
    if (typeof text !== 'string') throw new Fault('config-invalid', `${place(index)} is wrong: expected a value`)
    return text
  })
}

const startOf = (node: unknown): number => (node as ParsedNode | null)?.range[0] ?? 0

/** Reads `name`; undefined when there is no such file. Faults: `config-unreadable`, `config-unknown`, `config-invalid`. */
export function readConfigFile(name: string, known: readonly string[]): ConfigFile | undefined {
  const text = textOf(name)
  if (text === undefined) return undefined
  const lineCounter = new LineCounter()
  const at = (offset: number): string => {
    const { line, col } = lineCounter.linePos(offset)
    return `${name}:${Math.max(line, 1)}:${Math.max(col, 1)}`
  }
  // The library's pretty messages quote the line, which may hold an access key.
  const document = parseDocument(text, { lineCounter, schema: 'failsafe', prettyErrors: false, version: '1.2' })
  const flaw = document.errors[0]
  if (flaw) {
    const what = flaw.code.toLowerCase().replaceAll('_', ' ')
    throw new Fault('config-unreadable', `${at(flaw.pos[0])} is not YAML (${what}): mend the line`)
  }
  const { contents } = document
  if (contents !== null && !isMap(contents) && scalarText(contents) !== undefined)
    throw new Fault('config-unreadable', `${at(startOf(contents))} is no list of "key: value": see docs/operating.md`)
  const pairs = isMap(contents) ? contents.items : []
  const keys = new Map(pairs.map(({ key, value }) => [scalarText(key) ?? '', { key, value }]))
  refuseUnknown([...keys.keys()], known, (key) => at(startOf(keys.get(key)?.key)))
  const place = (key: string, index?: number): string => {
    const value = keys.get(key)?.value ?? keys.get(key)?.key
    const meant: unknown = index !== undefined && isSeq(value) ? value.items[index] : value
    return `${at(startOf(meant))} ${key}`
  }
  const values = new Map<string, string | readonly string[]>()
  for (const [key, { value }] of keys) {
    const found = valueOf(value, (index) => place(key, index))
    if (found !== undefined) values.set(key, found)
  }
  return { name, values, place }
}
