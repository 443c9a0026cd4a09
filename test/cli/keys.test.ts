// The password of the keys on the command line: where it may come from, what it does, and that nothing secret is said.

import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { askPassword, choosePassword } from '../../src/cli/password.ts'
import { takePassword } from '../../src/config/load.ts'
import { toHex } from '../../src/core/bytes.ts'
import { codeOf } from '../../src/core/errors.ts'
import { createKeys, readKeys } from '../../src/keys/keyring.ts'
import { KEY_NAMES } from '../../src/keys/secrets.ts'
import { runCli } from '../support/cli.ts'

const keys = suite('stkr keys')
const dataDir = mkdtempSync(join(tmpdir(), 'stkr-keys-'))
keys.after(() => {
  rmSync(dataDir, { recursive: true })
})
const file = join(dataDir, 'keys.json')
const password = (name: string, text: string): string => {
  const path = join(dataDir, name)
  writeFileSync(path, text, { mode: 0o600 })
  return path
}
const made = createKeys(file)
const first = password('first', 'one two three\n')
const second = password('second', 'four five six\r\nnot this')
const { signal } = new AbortController()

const codeFrom = async (work: () => Promise<unknown>): Promise<string> => {
  try {
    await work()
  } catch (error) {
    return codeOf(error)
  }
  return 'none'
}

keys('show, encrypt, change the password, each refused where it does not fit', async () => {
  const run = (...argv: readonly string[]) => runCli('keys', ...argv, '--data-dir', dataDir, '--json')
  const before = JSON.parse((await run('show')).out) as Record<string, unknown>
  assert.is(before['encrypted'], false)
  assert.match((await run('password')).out, '"code":"keys-open"')
  assert.match((await run('encrypt')).out, '"code":"keys-password-missing"')
  assert.is((await run('encrypt', '--keys-password-file', first)).code, 0)
  assert.equal(JSON.parse((await run('show')).out), { ...before, encrypted: true })
  assert.match((await run('encrypt', '--keys-password-file', first)).out, '"code":"keys-sealed"')
  assert.match(
    (await run('password', '--keys-password-file', second, '--new-password-file', first)).out,
    '"code":"keys-password-wrong"',
  )
  assert.is((await run('password', '--keys-password-file', first, '--new-password-file', second)).code, 0)
  assert.is(toHex((await readKeys(file, async () => 'four five six')).bls), toHex(made.bls))
})

keys('no secret in anything printed', async () => {
  const said = await Promise.all(
    [['show'], ['show', '--json']].map((argv) => runCli('keys', ...argv, '--data-dir', dataDir)),
  )
  const text = said.map(({ out, err }) => out + err).join('')
  for (const name of KEY_NAMES) assert.not.match(text, toHex(made[name]).slice(2), name)
  assert.not.match(readFileSync(file, 'utf8'), toHex(made.record).slice(2))
})

keys('a password comes from file or terminal, typed twice when it is new', async () => {
  const typed: string[] = []
  const prompts = {
    secret: async () => typed.shift() ?? '',
    text: async () => '',
    confirm: async () => false,
  }
  const terminal = { out: () => undefined, err: () => undefined, signal, prompts }
  const { prompts: _, ...script } = terminal
  assert.is(await askPassword({ keysPasswordFile: second }, script), 'four five six')
  assert.is(await codeFrom(() => askPassword({ keysPasswordFile: '' }, script)), 'keys-password-missing')
  assert.is(await codeFrom(() => choosePassword({ keysPasswordFile: '' }, script)), 'keys-password-missing')
  typed.push('a', 'b', 'b', 'b', 'c')
  assert.is(await askPassword({ keysPasswordFile: '' }, terminal), 'a')
  assert.is(await choosePassword({ keysPasswordFile: '' }, terminal), 'b')
  assert.is(await codeFrom(() => choosePassword({ keysPasswordFile: '' }, terminal)), 'keys-password-differs')
  chmodSync(first, 0o644)
  assert.is(await codeFrom(() => askPassword({ keysPasswordFile: first }, script)), 'keys-password-exposed')
})

keys('a password from the environment is taken out of it', () => {
  const environment: Record<string, string | undefined> = { STKR_KEYS_PASSWORD: 'x', PATH: '/bin' }
  assert.is(takePassword(environment), 'x')
  assert.equal(environment, { PATH: '/bin' })
  assert.is(takePassword(environment), undefined)
})

keys.run()
