// Three holders as three processes over loopback: each makes its own key, they make the group's, two approve and serve, the
// third collects. And what an interrupted ceremony, one that was killed in its last moment, a holder without approval and
// wrong input say.
// time limit: 180 s

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { listenFor } from '../../src/cli/custody-place.ts'
import { fromHex, keccak256, toHex, utf8ToBytes } from '../../src/core/bytes.ts'
import { isGroupSigned } from '../../src/core/custody.ts'
import { codeOf } from '../../src/core/errors.ts'
import { peerIdOf } from '../../src/p2p/peers.ts'
import { runCli } from '../support/cli.ts'
import { peopleOf } from '../support/custody.ts'
import { freePort } from '../support/ports.ts'

const test = suite('stkr custody, holders')
const MAIN = join(import.meta.dirname, '../../src/main.ts')
const DIGEST = toHex(keccak256(utf8ToBytes('a move')))
const folder = mkdtempSync(join(tmpdir(), 'stkr-holders-'))
const running = new Set<ChildProcess>()
test.after(() => {
  for (const child of running) child.kill('SIGKILL')
  rmSync(folder, { recursive: true })
})

const passwordFile = join(folder, 'password')
writeFileSync(passwordFile, 'one two three\n', { mode: 0o600 })
const homeOf = (holder: number): string => join(folder, `holder-${holder}`)
const placeOf = (holder: number) => ['--data-dir', homeOf(holder), '--keys-password-file', passwordFile]

const addressesIn = (file: string): readonly string[] =>
  (JSON.parse(readFileSync(file, 'utf8')) as { holders: string[] }).holders

interface Started {
  readonly child: ChildProcess
  /** Standard error so far. */
  said(): string
  readonly ended: Promise<{ readonly code: number | null; readonly out: string }>
}

/** `stkr custody …` of one holder as a process of its own. */
function start(holder: number, ...argv: readonly string[]): Started {
  const child = spawn(process.execPath, [MAIN, 'custody', ...argv, ...placeOf(holder), '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  let [out, err] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  const ended = new Promise<{ code: number | null; out: string }>((resolve) => {
    child.on('close', (code) => {
      running.delete(child)
      resolve({ code, out })
    })
  })
  return { child, said: () => err, ended }
}

const run = async (holder: number, ...argv: readonly string[]) => {
  const { code, out, err } = await runCli('custody', ...argv, ...placeOf(holder), '--json')
  return { code, exit: code, err, ...(JSON.parse(out.split('\n').at(-1) ?? '') as Record<string, unknown>) } as Answer
}
type Answer = { readonly code: unknown; readonly exit: number; readonly err: string } & Readonly<
  Record<string, unknown>
>

async function until(condition: () => boolean, what: () => string): Promise<void> {
  const deadline = AbortSignal.timeout(120_000)
  while (!condition()) {
    if (deadline.aborted) throw new Error(what())
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

const holders = [0, 1, 2]

test('init, an interrupted ceremony, keygen, approve, serve, sign', async () => {
  const peers = await Promise.all(holders.map(async (holder) => run(holder, 'init')))
  assert.equal([(await run(0, 'init'))['created'], peers[0]?.['created']], [false, true])
  const addresses = await Promise.all(
    peers.map(async ({ peerId }) => `/ip4/127.0.0.1/tcp/${await freePort()}/p2p/${String(peerId)}`),
  )
  const groupFile = join(folder, 'group.json')
  writeFileSync(groupFile, JSON.stringify({ name: 'governors', threshold: 2, holders: addresses }))

  const lonely = start(0, 'keygen', '--group', groupFile)
  await until(() => lonely.said().includes('hello: waiting for holder'), lonely.said)
  lonely.child.kill('SIGINT')
  assert.is((await lonely.ended).code, 130)
  assert.equal(readdirSync(join(homeOf(0), 'custody')), ['holder.json'], 'nothing is kept')
  const late = await run(0, 'keygen', '--group', groupFile, '--for', '1s')
  assert.is(late.code, 'custody-silent')

  const made = await Promise.all(holders.map(async (holder) => start(holder, 'keygen', '--group', groupFile).ended))
  const keys = made.map(({ code, out }) => {
    assert.is(code, 0, out)
    return (JSON.parse(out) as { groupKey: string }).groupKey
  })
  assert.is(new Set(keys).size, 1)
  const groupKey = fromHex(keys[0] ?? '')
  const share = join(homeOf(0), 'custody', 'governors', 'share.json')
  assert.is(statSync(share).mode & 0o777, 0o600)
  assert.is((await run(0, 'keygen', '--group', groupFile)).code, 'custody-exists')
  const [listed] = (await run(1, 'groups'))['groups'] as { groupKey: string; threshold: number }[]
  assert.equal([listed?.groupKey, listed?.threshold], [keys[0], 2])

  const serving = [1, 2].map((holder) => start(holder, 'serve'))
  for (const each of serving) await until(() => each.said().includes('answers at'), each.said)
  const refused = await run(0, 'sign', DIGEST)
  assert.equal([refused.exit, refused.code, refused['signers']], [1, 'custody-too-few', 0])
  assert.match(String(refused['why']), /holder \d custody-not-approved/)

  for (const holder of [1, 2]) assert.is((await run(holder, 'approve', DIGEST, '--note', 'rent'))['isNew'], true)
  const { code, signature, leftOut } = await run(0, 'sign', DIGEST)
  assert.is(code, 0)
  assert.ok(isGroupSigned(groupKey, fromHex(DIGEST), fromHex(String(signature))))
  assert.is((leftOut as unknown[]).length <= 1, true, 'at most the one that collects, which has not approved')

  await run(1, 'revoke', DIGEST)
  assert.is((await run(0, 'sign', DIGEST)).code, 'custody-too-few')
  await run(0, 'approve', DIGEST)
  const [approval] = (await run(0, 'approvals'))['approvals'] as { digest: string }[]
  assert.is(approval?.digest, DIGEST)
  assert.is((await run(0, 'sign', DIGEST)).code, 0, 'the one that collects may be one of those that sign')

  for (const { child } of serving) child.kill('SIGTERM')
  for (const { ended } of serving) {
    const { code: exit, out } = await ended
    assert.is(exit, 130)
    assert.match(out, `"digest":"${DIGEST}"`)
  }
  assert.is((await run(0, 'sign', DIGEST)).code, 'custody-too-few')
})

const custodyOf = (holder: number): string => join(homeOf(holder), 'custody')

/** As a kill in the last moment of a ceremony leaves it: the key is on the disk, and nobody's word that all have it. */
function breakOff(holder: number, group: string): void {
  renameSync(join(custodyOf(holder), group), join(custodyOf(holder), `${group}.unconfirmed`))
}

test('killed in the last moment, keygen again keeps the key that another holder has confirmed', async () => {
  const groupFile = join(folder, 'group.json')
  const [before] = (await run(2, 'groups'))['groups'] as { groupKey: string }[]
  breakOff(2, 'governors')
  assert.equal((await run(2, 'groups'))['groups'], [])
  const serving = start(1, 'serve')
  await until(() => serving.said().includes('answers at'), serving.said)
  const again = await run(2, 'keygen', '--group', groupFile)
  assert.equal([again.code, again['groupKey']], [0, before?.groupKey])
  assert.match(again.err, /governors\.unconfirmed is of a ceremony that broke off/)
  assert.equal(readdirSync(custodyOf(2)).sort(), ['governors', 'holder.json'])
  assert.is((await run(2, 'approve', DIGEST)).code, 0)
  assert.is((await run(1, 'approve', DIGEST)).code, 0)
  assert.is((await run(2, 'sign', DIGEST)).code, 0, 'with the share it had')
  serving.child.kill('SIGTERM')
  await serving.ended
})

test('killed in the last moment of a ceremony that no other holder ended: keygen again makes a new key', async () => {
  const groupFile = join(folder, 'group.json')
  const [before] = (await run(0, 'groups'))['groups'] as { groupKey: string }[]
  for (const holder of holders) breakOff(holder, 'governors')
  const lonely = await run(0, 'keygen', '--group', groupFile, '--for', '1s')
  assert.is(lonely.code, 'custody-silent')
  assert.ok(existsSync(join(custodyOf(0), 'governors.unconfirmed')), 'nothing is lost by trying')
  const other = { name: 'governors', threshold: 3, holders: addressesIn(groupFile) }
  writeFileSync(join(folder, 'other.json'), JSON.stringify(other))
  const wrong = await run(0, 'keygen', '--group', join(folder, 'other.json'))
  assert.is(wrong.code, 'custody-unconfirmed')
  const made = await Promise.all(holders.map(async (holder) => start(holder, 'keygen', '--group', groupFile).ended))
  const keys = made.map(({ code, out }) => {
    assert.is(code, 0, out)
    return (JSON.parse(out) as { groupKey: string }).groupKey
  })
  assert.is(new Set([before?.groupKey, ...keys]).size, 2, 'one, and a new one')
  for (const holder of holders) assert.not(existsSync(join(custodyOf(holder), 'governors.unconfirmed')))
})

test('wrong input is named and nothing is made', async () => {
  const home = homeOf(9)
  const code = async (...argv: readonly string[]) => (await run(9, ...argv)).code
  assert.is(await code('sign', DIGEST), 'custody-no-group')
  assert.is(await code('approve', DIGEST), 'custody-no-group')
  assert.is(existsSync(home), false)
  const groupFile = join(folder, 'wrong.json')
  writeFileSync(groupFile, '{')
  assert.is(await code('keygen', '--group', groupFile), 'custody-group-file')
  assert.is(await code('keygen', '--group', join(folder, 'none')), 'usage')
  assert.is(await code('keygen', '--group', groupFile, '--for', '8d'), 'usage')
  await run(9, 'init')
  const others = peopleOf(2, 2).group.holders.map(
    (key, i) => `/ip4/127.0.0.1/tcp/${i + 1}/p2p/${peerIdOf(key).toString()}`,
  )
  writeFileSync(groupFile, JSON.stringify({ name: 'governors', threshold: 2, holders: others }))
  assert.is(await code('keygen', '--group', groupFile), 'custody-not-holder')
  assert.equal(readdirSync(join(home, 'custody')), ['holder.json'])
})

test('where to listen follows from the own address', () => {
  assert.is(listenFor('/ip4/127.0.0.1/tcp/4100/p2p/x'), '/ip4/127.0.0.1/tcp/4100')
  assert.is(listenFor('/ip4/192.0.2.1/tcp/4100/p2p/x'), '/ip4/0.0.0.0/tcp/4100')
  assert.is(listenFor('/dns4/one.example/tcp/4100/p2p/x'), '/ip4/0.0.0.0/tcp/4100')
  assert.is(listenFor('/ip6/2001:db8::1/tcp/4100/p2p/x'), '/ip6/::/tcp/4100')
  try {
    listenFor('/ip4/192.0.2.1/udp/4100/quic-v1/p2p/x')
    assert.unreachable()
  } catch (error) {
    assert.is(codeOf(error), 'usage')
  }
})

test.run()
