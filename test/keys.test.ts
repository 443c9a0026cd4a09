import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { toHex } from '../src/core/bytes.ts'
import { codeOf } from '../src/core/errors.ts'
import { createKeys, readKeys, writeKeys } from '../src/keys.ts'

const test = suite('keys')
const folder = mkdtempSync(join(tmpdir(), 'stkr-keys-'))
test.after(() => rmSync(folder, { recursive: true }))

const codeOfCall = (call: () => unknown): string => {
  try {
    call()
    return 'nothing thrown'
  } catch (error) {
    return codeOf(error)
  }
}

test('keys come back as they were written, in a file of the owner alone', () => {
  const file = join(folder, 'new', 'keys.json')
  const keys = createKeys()
  writeKeys(file, keys)
  assert.equal(readKeys(file), keys)
  assert.is(statSync(file).mode & 0o777, 0o600)
})

test('existing keys are never overwritten', () => {
  const file = join(folder, 'twice.json')
  writeKeys(file, createKeys())
  const before = readFileSync(file, 'utf8')
  assert.is(
    codeOfCall(() => writeKeys(file, createKeys())),
    'keys-exist',
  )
  assert.is(readFileSync(file, 'utf8'), before)
})

test('a file that others can read is refused', () => {
  const file = join(folder, 'open.json')
  writeKeys(file, createKeys())
  chmodSync(file, 0o644)
  assert.is(
    codeOfCall(() => readKeys(file)),
    'keys-exposed',
  )
})

test('what is missing or malformed is named without quoting a secret', () => {
  assert.is(
    codeOfCall(() => readKeys(join(folder, 'none.json'))),
    'keys-missing',
  )
  const secret = toHex(createKeys().record)
  for (const text of ['', '{', '[]', `{"version":2,"record":"${secret}"}`, `{"version":1,"record":"${secret}ff"}`]) {
    const file = join(folder, 'bad.json')
    writeFileSync(file, text, { mode: 0o600 })
    try {
      readKeys(file)
      assert.unreachable(`accepted ${text.length} bytes`)
    } catch (error) {
      assert.is(codeOf(error), 'keys-malformed', `${text.length} bytes`)
      assert.not.ok(String(error).includes(secret.slice(2, 20)), 'the error quotes a secret')
    }
  }
})

test.run()
