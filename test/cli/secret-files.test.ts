// Files that hold secrets, as the commands read them: an owner's key and the API's token. Open to others, too large, missing or
// damaged, each is refused by its code, with what to do, and without a word of what is in it.
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openApiToken } from '../../src/cli/api-token.ts'
import { readKeyFile } from '../../src/cli/key-file.ts'
import { toHex } from '../../src/core/bytes.ts'
import { Fault } from '../../src/core/errors.ts'

const test = suite('cli/secret files')
const KEY = `0x${'5e'.repeat(32)}`
let folder = ''

test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'stkr-secret-'))
})
test.after.each(() => {
  rmSync(folder, { recursive: true })
})

const put = (text: string, mode: number): string => {
  const file = join(folder, 'secret')
  writeFileSync(file, text)
  chmodSync(file, mode)
  return file
}

function faultOf(read: () => unknown): Fault {
  try {
    read()
  } catch (error) {
    if (error instanceof Fault) return error
    throw error
  }
  throw new Error('it was taken')
}

/** Nobody but the owner, in whatever way. */
const EXPOSED = [0o604, 0o620, 0o640, 0o644, 0o660, 0o666, 0o601, 0o610] as const

test('a key file of mode 0600 or 0400 is read, with or without a line end', () => {
  for (const mode of [0o600, 0o400])
    for (const text of [KEY, `${KEY}\n`, `${KEY}\r\n`]) {
      assert.is(toHex(readKeyFile(put(text, mode), '--key-file')), KEY)
      rmSync(join(folder, 'secret'))
    }
})

for (const mode of EXPOSED)
  test(`mode 0${mode.toString(8)}: both are refused, and told how to mend it`, () => {
    const file = put(`${KEY}\n`, mode)
    for (const [read, code] of [
      [() => readKeyFile(file, '--key-file'), 'owner-key-exposed'],
      [() => openApiToken(file), 'api-token-exposed'],
    ] as const) {
      const fault = faultOf(read)
      assert.is(fault.code, code)
      assert.ok(fault.message.includes(`chmod 600 ${file}`), fault.message)
      assert.not.match(fault.message, /5e5e/)
    }
  })

test('a key file that is missing, too large or holds something else is refused, and not repeated', () => {
  assert.is(faultOf(() => readKeyFile(join(folder, 'none'), '--key-file')).code, 'owner-key-unreadable')
  assert.match(faultOf(() => readKeyFile(join(folder, 'none'), '--owner-key-file')).message, /--owner-key-file/)
  for (const text of ['', '0x', KEY.slice(0, -1), `${KEY}0`, `${KEY}\n${KEY}`, KEY.slice(2), 'x'.repeat(2_000)]) {
    const fault = faultOf(() => readKeyFile(put(text, 0o600), '--key-file'))
    assert.is(fault.code, 'owner-key-malformed', text.slice(0, 20))
    assert.not.match(fault.message, /5e5e/)
  }
})

test('a token is made once, for its owner alone; a damaged one is refused', () => {
  const file = join(folder, 'api-token')
  const token = openApiToken(file)
  assert.match(token, /^[0-9a-f]{64}$/)
  assert.is(statSync(file).mode & 0o777, 0o600)
  assert.is(openApiToken(file), token)
  for (const text of ['', 'short', `${'a'.repeat(40)} b`, 'x'.repeat(2_000)])
    assert.is(faultOf(() => openApiToken(put(text, 0o600))).code, 'api-token-malformed')
  assert.is(faultOf(() => openApiToken(join(folder, 'no folder', 'token'))).code, 'api-token-unwritable')
  assert.is(readFileSync(file, 'utf8').trim(), token)
  assert.not.ok(existsSync(join(folder, 'no folder')))
})

test.run()
