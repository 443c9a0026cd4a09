// Reading rosters in pages, and reading each only once. The registry is played by a list: deploying one with hundreds of
// members takes too long, and test/chain/ledger.test.ts meets the real one.
import { bls12_381 } from '@noble/curves/bls12-381.js'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createRosters } from '../../src/chain/roster.ts'
import type { Handles } from '../../src/chain/handles.ts'
import { toHex, word } from '../../src/core/bytes.ts'
import { expandG1 } from '../../src/core/eip2537.ts'
import { codeRejected } from '../support/faults.ts'

const test = suite('chain/roster')
const KEYS = [5n, 6n, 7n].map((scalar) => bls12_381.G1.Point.BASE.multiply(scalar).toBytes(true))

/** A registry in epoch `current`, with `count` members in every epoch; `calls` are what it was asked. */
const registry = (current: number, count: number) => {
  const calls: string[] = []
  const records = Array.from({ length: count }, (_, slot) => ({
    id: slot + 1,
    signer: `0x${'11'.repeat(20)}`,
    peerKey: toHex(word(slot)),
    blsKey: toHex(expandG1(KEYS[slot % 3] ?? new Uint8Array())),
  }))
  const answers: Readonly<Record<string, (args: readonly number[]) => unknown>> = {
    currentEpoch: () => BigInt(current),
    count: () => count,
    roster: ([, from, to]) => records.slice(from, to),
  }
  const read = async (name: string, args: readonly number[]) => {
    calls.push(name)
    return answers[name]?.(args)
  }
  return { calls, sidecars: { read } as unknown as Pick<Handles['sidecars'], 'read'> }
}
const latest = async () => 'latest' as const

test('300 members come in three pages, every slot once', async () => {
  const { calls, sidecars } = registry(4, 300)
  const { members } = await createRosters(sidecars, latest)(5)
  assert.equal(
    members.map((member) => [member.id, member.slot]),
    Array.from({ length: 300 }, (_, slot) => [slot + 1, slot]),
  )
  assert.equal(members[200]?.blsKey, KEYS[2])
  assert.is(calls.filter((name) => name === 'roster').length, 3)
})

test('an epoch is read once, also when asked for twice at the same time', async () => {
  const { calls, sidecars } = registry(4, 3)
  const rosterOf = createRosters(sidecars, latest)
  await Promise.all([rosterOf(4), rosterOf(4)])
  await rosterOf(4)
  assert.is(calls.filter((name) => name === 'roster').length, 1)
  for (const epoch of [0, 1, 2, 3]) await rosterOf(epoch)
  await rosterOf(4)
  assert.is(calls.filter((name) => name === 'roster').length, 6, 'the oldest of five was let go')
})

test('a failure is not remembered', async () => {
  const { sidecars } = registry(4, 3)
  let broken = true
  const read = (async (...args: Parameters<typeof sidecars.read>) => {
    if (broken) throw new Error('no answer')
    return sidecars.read(...args)
  }) as typeof sidecars.read
  const rosterOf = createRosters({ read }, latest)
  assert.is(await codeRejected(rosterOf(4)), 'internal')
  broken = false
  assert.is((await rosterOf(4)).members.length, 3)
})

test('an empty epoch is an empty roster', async () => {
  const { sidecars } = registry(4, 0)
  assert.equal((await createRosters(sidecars, latest)(4)).members, [])
})

test('which epochs are fixed', async () => {
  const cases = [
    [-1, 0, 'epoch-not-fixed'],
    [0, 0, 'nothing'],
    [0, 1, 'nothing'],
    [0, 2, 'epoch-not-fixed'],
    [7, 3, 'nothing'],
  ] as const
  for (const [current, epoch, expected] of cases) {
    const { sidecars } = registry(current, 1)
    assert.is(await codeRejected(createRosters(sidecars, latest)(epoch)), expected, `${epoch} in ${current}`)
  }
})

test.run()
