// The key file: owner only, never overwritten, under a password or open, refused by code when anything about it is wrong.

import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { toHex } from '../../src/core/bytes.ts'
import { codeOf } from '../../src/core/errors.ts'
import { areSealed, createKeys, readKeys, readPublicKeys, sealKeys } from '../../src/keys/keyring.ts'
import { checkFolder } from '../../src/keys/owner-only.ts'
import { KEY_NAMES, createSecrets, publicKeysOf } from '../../src/keys/secrets.ts'
import type { SecretKeys } from '../../src/keys/secrets.ts'

const keys = suite('keys')
const folder = mkdtempSync(join(tmpdir(), 'stkr-keys-'))
keys.after(() => {
  rmSync(folder, { recursive: true })
})

const PASSWORD = 'correct horse battery staple'
const nobody = async (): Promise<string> => Promise.reject(new Error('nobody was to be asked'))
const told = async (): Promise<string> => PASSWORD

const codeFrom = async (run: () => unknown): Promise<string> => {
  try {
    await run()
  } catch (error) {
    return codeOf(error)
  }
  return 'none'
}
const same = (a: SecretKeys, b: SecretKeys): void => {
  for (const name of KEY_NAMES) assert.is(toHex(a[name]), toHex(b[name]), name)
}

keys('what is written is what is read, by the owner alone', async () => {
  const file = join(folder, 'good.json')
  const made = createKeys(file)
  same(await readKeys(file, nobody), made)
  assert.is(areSealed(file), false)
  assert.equal(readPublicKeys(file), publicKeysOf(made))
  assert.is(statSync(file).mode & 0o777, 0o600)
})

keys('under a password: read with it, public without it, nothing secret in the file', async () => {
  const file = join(folder, 'sealed.json')
  const made = createKeys(file, PASSWORD)
  same(await readKeys(file, told), made)
  assert.is(areSealed(file), true)
  assert.equal(readPublicKeys(file), publicKeysOf(made))
  const text = readFileSync(file, 'utf8')
  for (const name of KEY_NAMES) assert.not.match(text, toHex(made[name]).slice(2), name)
  assert.is(await codeFrom(() => readKeys(file, async () => 'wrong')), 'keys-password-wrong')
  assert.is(await codeFrom(() => createKeys(join(folder, 'x.json'), '')), 'keys-password-empty')
})

keys('open keys move under a password in place', async () => {
  const file = join(folder, 'moved.json')
  const made = createKeys(file)
  sealKeys(file, made, PASSWORD)
  same(await readKeys(file, told), made)
  assert.is(statSync(file).mode & 0o777, 0o600)
  assert.is(await codeFrom(() => sealKeys(join(folder, 'none/keys.json'), made, PASSWORD)), 'keys-unwritable')
})

keys('an existing file is never overwritten', async () => {
  const file = join(folder, 'kept.json')
  createKeys(file)
  const before = readFileSync(file, 'utf8')
  assert.is(await codeFrom(() => createKeys(file)), 'keys-exist')
  assert.is(readFileSync(file, 'utf8'), before)
})

keys('a file or folder that others may read is refused', async () => {
  const file = join(folder, 'open.json')
  createKeys(file)
  chmodSync(file, 0o640)
  assert.is(await codeFrom(() => readKeys(file, nobody)), 'keys-exposed')
  checkFolder(folder)
  checkFolder(join(folder, 'nowhere'))
  chmodSync(folder, 0o750)
  assert.is(await codeFrom(() => checkFolder(folder)), 'data-dir-exposed')
  chmodSync(folder, 0o700)
})

const word = (digit: string) => `0x${digit.repeat(64)}`
/** A sealed file with one change. */
const changed = (change: (text: string) => string): string => {
  const file = join(folder, 'changed.json')
  rmSync(file, { force: true })
  createKeys(file, PASSWORD)
  return change(readFileSync(file, 'utf8'))
}
const malformed: readonly (readonly [why: string, text: () => string])[] = [
  ['not JSON', () => '{"peer":'],
  ['no object', () => '[]'],
  ['a key is missing', () => JSON.stringify({ peer: word('1'), record: word('1') })],
  ['a key is short', () => JSON.stringify({ peer: '0x11', record: word('1'), bls: word('1') })],
  ['a record key of zero', () => JSON.stringify({ peer: word('1'), record: word('0'), bls: word('1') })],
  ['a BLS key above the order', () => JSON.stringify({ peer: word('1'), record: word('1'), bls: word('f') })],
  ['too large', () => ' '.repeat(20_000)],
  ['another version', () => changed((text) => text.replace('"version": 2', '"version": 3'))],
  ['another cipher', () => changed((text) => text.replaceAll('aes-128-ctr', 'aes-128-cbc'))],
  ['more memory than there may be', () => changed((text) => text.replaceAll('"n": 131072', '"n": 1048576'))],
]
for (const [why, text] of malformed)
  keys(`malformed: ${why}`, async () => {
    const file = join(folder, 'bad.json')
    writeFileSync(file, text(), { mode: 0o600 })
    assert.is(await codeFrom(() => readKeys(file, told)), 'keys-malformed')
  })

keys('no error repeats what the file holds', async () => {
  const file = join(folder, 'leak.json')
  writeFileSync(file, `{"peer":"${word('7')}`, { mode: 0o600 })
  try {
    await readKeys(file, nobody)
    assert.unreachable('a broken file must be refused')
  } catch (error) {
    assert.not.match(String(error), '7777')
    assert.is(error instanceof Error && error.cause, undefined)
  }
})

keys('a missing file names the command that makes it', async () => {
  assert.is(await codeFrom(() => readKeys(join(folder, 'none.json'), nobody)), 'keys-missing')
})

keys('no two sets of keys are alike', () => {
  assert.is.not(toHex(createSecrets().record), toHex(createSecrets().record))
})

keys.run()
