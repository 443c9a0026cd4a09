// The key file: owner only, never overwritten, refused by code when anything about it is wrong.

import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { toHex } from '../src/core/bytes.ts'
import { codeOf } from '../src/core/errors.ts'
import { createKeys, readKeys } from '../src/keys.ts'

const keys = suite('keys')
const folder = mkdtempSync(join(tmpdir(), 'stkr-keys-'))
keys.after(() => {
  rmSync(folder, { recursive: true })
})

const codeFrom = (run: () => unknown): string => {
  try {
    run()
  } catch (error) {
    return codeOf(error)
  }
  return 'none'
}

keys('what is written is what is read, by the owner alone', () => {
  const file = join(folder, 'good.json')
  const made = createKeys(file)
  const read = readKeys(file)
  for (const name of ['peer', 'record', 'bls'] as const) assert.is(toHex(read[name]), toHex(made[name]), name)
  assert.is(statSync(file).mode & 0o777, 0o600)
})

keys('an existing file is never overwritten', () => {
  const file = join(folder, 'kept.json')
  createKeys(file)
  const before = readFileSync(file, 'utf8')
  assert.is(
    codeFrom(() => createKeys(file)),
    'keys-exist',
  )
  assert.is(readFileSync(file, 'utf8'), before)
})

keys('a file that others may read is refused', () => {
  const file = join(folder, 'open.json')
  createKeys(file)
  chmodSync(file, 0o640)
  assert.is(
    codeFrom(() => readKeys(file)),
    'keys-exposed',
  )
})

const word = (digit: string) => `0x${digit.repeat(64)}`
const malformed: readonly (readonly [why: string, text: string])[] = [
  ['not JSON', '{"peer":'],
  ['no object', '[]'],
  ['a key is missing', JSON.stringify({ peer: word('1'), record: word('1') })],
  ['a key is short', JSON.stringify({ peer: '0x11', record: word('1'), bls: word('1') })],
  ['a record key of zero', JSON.stringify({ peer: word('1'), record: word('0'), bls: word('1') })],
  ['a BLS key above the order', JSON.stringify({ peer: word('1'), record: word('1'), bls: word('f') })],
  ['too large', ' '.repeat(5000)],
]
for (const [why, text] of malformed)
  keys(`malformed: ${why}`, () => {
    const file = join(folder, 'bad.json')
    writeFileSync(file, text, { mode: 0o600 })
    assert.is(
      codeFrom(() => readKeys(file)),
      'keys-malformed',
    )
  })

keys('no error repeats what the file holds', () => {
  const file = join(folder, 'leak.json')
  writeFileSync(file, `{"peer":"${word('7')}`, { mode: 0o600 })
  try {
    readKeys(file)
    assert.unreachable('a broken file must be refused')
  } catch (error) {
    assert.not.match(String(error), '7777')
    assert.is(error instanceof Error && error.cause, undefined)
  }
})

keys('a missing file names the command that makes it', () => {
  assert.throws(() => readKeys(join(folder, 'none.json')), /stkr init/)
})

keys.run()
