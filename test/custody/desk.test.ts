// What lies on a holder's disk: approvals and spent pairs, its two keystores, the group file. Nothing twice, nothing open to
// others, nothing unbounded, and a killed process loses no record of a pair whose share left it.

import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { keccak256, toHex, utf8ToBytes, word } from '../../src/core/bytes.ts'
import { codeOf } from '../../src/core/errors.ts'
import { APPROVALS_MAX, SPENT_MAX, createDesk } from '../../src/custody/desk.ts'
import { groupText, parseGroup, parseKeyedGroup } from '../../src/custody/group-file.ts'
import { createHolderKey, readHolderKey, readHolderPublic, readShare, writeShare } from '../../src/keys/custody.ts'
import { writeNew } from '../../src/keys/owner-only.ts'
import { peerKeyIn } from '../../src/p2p/custody.ts'
import { peerIdOf } from '../../src/p2p/peers.ts'
import { keysOf, peopleOf } from '../support/custody.ts'
import type { MadeKey } from '../../src/custody/dkg.ts'

const test = suite('custody/desk')
const folder = mkdtempSync(join(tmpdir(), 'stkr-custody-'))
test.after(() => {
  rmSync(folder, { recursive: true })
})
const place = (name: string): string => mkdtempSync(join(folder, name))
const digestOf = (name: string): Uint8Array => keccak256(utf8ToBytes(name))

const codeFrom = async (work: () => unknown): Promise<string> => {
  try {
    await work()
  } catch (error) {
    return codeOf(error)
  }
  return 'none'
}

test('approve, list, revoke; the same for every process', () => {
  const where = place('approvals')
  const desk = createDesk(where, writeNew)
  const other = createDesk(where, writeNew)
  const digest = digestOf('a')
  assert.equal([desk.isApproved(digest), desk.approvals()], [false, []])
  assert.ok(desk.approve({ digest: toHex(digest), note: 'rent', approvedAt: 2 }))
  assert.is(desk.approve({ digest: toHex(digest), note: 'again', approvedAt: 3 }), false)
  desk.approve({ digest: toHex(digestOf('b')), note: '', approvedAt: 1 })
  assert.ok(other.isApproved(digest))
  assert.equal(
    other.approvals().map(({ note }) => note),
    ['', 'rent'],
  )
  assert.equal(
    [other.revoke(toHex(digest)), other.revoke(toHex(digest)), desk.isApproved(digest)],
    [true, false, false],
  )
})

test('approvals and shares for one digest are bounded; a damaged approval is named', async () => {
  const where = place('bounds')
  const desk = createDesk(where, writeNew)
  const digest = digestOf('much')
  for (let i = 0; i < SPENT_MAX; i++) desk.spend(word(i), { digest, coordinator: 0 })
  assert.is(await codeFrom(() => desk.spend(word(SPENT_MAX), { digest, coordinator: 0 })), 'custody-shares-max')
  for (let i = 0; i < APPROVALS_MAX; i++) desk.approve({ digest: toHex(word(i)), note: '', approvedAt: i })
  const one = { digest: toHex(digest), note: '', approvedAt: 0 }
  assert.is(await codeFrom(() => desk.approve(one)), 'custody-approvals-full')
  writeFileSync(join(where, 'approvals', `${toHex(word(7))}.json`), 'no')
  assert.is(await codeFrom(() => desk.approvals()), 'custody-desk')
  assert.is(
    await codeFrom(() => createDesk('/dev/null/x', writeNew).spend(word(1), { digest, coordinator: 0 })),
    'custody-desk',
  )
})

test('a pair is spent once, whichever process comes first', async () => {
  const where = place('spent')
  const [one, two] = [createDesk(where, writeNew), createDesk(where, writeNew)]
  const asked = { digest: digestOf('a'), coordinator: 1 }
  one.spend(word(1), asked)
  for (const desk of [one, two]) assert.is(await codeFrom(() => desk.spend(word(1), asked)), 'custody-nonce-spent')
})

test('killed at any moment: every share that left has its pair written down, and no pair is there twice', async () => {
  const where = place('killed')
  const said: string[] = []
  for (let round = 0; round < 3; round++) {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'spender.ts'), where], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const before = said.length
    let text = ''
    for await (const chunk of child.stdout.setEncoding('utf8') as AsyncIterable<string>) {
      text += chunk
      if (text.split('\n').length > 3 + round) child.kill('SIGKILL')
    }
    said.push(...text.split('\n').slice(0, -1))
    assert.ok(said.length > before, `round ${round} signed`)
  }
  assert.is(new Set(said).size, said.length, 'no pair twice')
  const spent = readdirSync(join(where, 'spent')).flatMap((digest) => readdirSync(join(where, 'spent', digest)))
  for (const name of said) assert.ok(spent.includes(name), `${name} is written down`)
})

test('the keystores: owner’s alone, never overwritten, opened by their password only', async () => {
  const where = place('keys')
  const [holder, share] = [join(where, 'holder.json'), join(where, 'share.json')]
  const publicKey = createHolderKey(holder, 'one two')
  const secret = word(7)
  writeShare(share, secret, 'one two')
  const right = async (): Promise<string> => 'one two'
  const wrong = async (): Promise<string> => 'three'
  assert.equal(readHolderPublic(holder), publicKey)
  assert.is((await readHolderKey(holder, right)).length, 32)
  assert.equal(await readShare(share, right), secret)
  assert.is(await codeFrom(async () => readShare(share, wrong)), 'keys-password-wrong')
  assert.is(await codeFrom(async () => readHolderKey(holder, wrong)), 'keys-password-wrong')
  assert.is(await codeFrom(() => createHolderKey(holder, 'one two')), 'keys-exist')
  assert.is(
    await codeFrom(() => {
      writeShare(join(where, 'no', 'x'), secret, 'one')
    }),
    'keys-unwritable',
  )
  assert.is(await codeFrom(() => createHolderKey(join(where, 'y'), '')), 'keys-password-empty')
  assert.is(await codeFrom(async () => readShare(holder, right)), 'keys-malformed')
  assert.is(await codeFrom(async () => readShare(join(where, 'none'), right)), 'custody-keys-missing')
  for (const file of [holder, share]) assert.is(statSync(file).mode & 0o777, 0o600, file)
})

test('the group file: read back as written, in any order of holders, and refused by name', async () => {
  const people = peopleOf(2, 3)
  const { group } = keysOf(people)[0] as MadeKey
  const addresses = group.holders.map((key, i) => `/ip4/127.0.0.1/tcp/${4100 + i}/p2p/${peerIdOf(key).toString()}`)
  const text = groupText({ group, addresses })
  assert.equal(parseKeyedGroup(text, 'f', peerKeyIn), { group, addresses })
  const plan = { name: group.name, threshold: 2, holders: addresses.toReversed() }
  assert.equal(parseGroup(JSON.stringify(plan), 'f', peerKeyIn), { group: people.group, addresses })
  const refused: readonly (readonly [text: string, code: string])[] = [
    ['no', 'custody-group-file'],
    [JSON.stringify({ ...plan, more: 1 }), 'custody-group-file'],
    [JSON.stringify({ ...plan, name: '../up' }), 'custody-group'],
    [JSON.stringify({ ...plan, holders: ['/ip4/127.0.0.1/tcp/1'] }), 'bad-address'],
    [' '.repeat(70_000), 'custody-group-file'],
  ]
  for (const [wrong, code] of refused) assert.is(await codeFrom(() => parseGroup(wrong, 'f', peerKeyIn)), code, wrong)
  assert.is(await codeFrom(() => parseKeyedGroup(JSON.stringify(plan), 'f', peerKeyIn)), 'custody-group-file')
})

test.run()
