// Groups of a local network over real sockets: they make keys and sign as on machines of their own, and leave no host open
// however they end.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fromHex, keccak256, toHex, utf8ToBytes } from '../../src/core/bytes.ts'
import { isGroupSigned } from '../../src/core/custody.ts'
import { codeOf } from '../../src/core/errors.ts'
import { groupPlans } from '../../src/devnet/custody.ts'
import { createHolderGroups } from '../../src/devnet/holders.ts'
import type { HolderGroup } from '../../src/devnet/holders.ts'

const test = suite('devnet/holders')
const DIGEST = toHex(keccak256(utf8ToBytes('a move')))
const LIMIT_MS = 60_000
const folder = mkdtempSync(join(tmpdir(), 'stkr-holders-'))
test.after(() => {
  rmSync(folder, { recursive: true })
})

/** Sockets that listen in this process: Node counts a closed one for a moment longer. The runner's limit ends what never is. */
async function listening(count: number): Promise<void> {
  const found = (): number => process.getActiveResourcesInfo().filter((name) => name === 'TCPServerWrap').length
  while (found() !== count) await pause(5)
}

const codeFrom = async (work: Promise<unknown>): Promise<string> => work.then(() => 'none', codeOf)

async function withGroups(
  sizes: readonly number[],
  signal: AbortSignal,
  use: (groups: readonly HolderGroup[]) => Promise<void>,
): Promise<void> {
  const plans = sizes.map((holders, i) => ({ name: `group-${i}`, threshold: 2, holders }))
  const groups = await createHolderGroups(plans, { folder, signal, limitMs: LIMIT_MS })
  try {
    await use(groups)
  } finally {
    await Promise.all(groups.map((group) => group.close()))
  }
}

test('two groups make a key each at the same time; as many as the threshold sign what all approved', async () => {
  await withGroups([2, 3], new AbortController().signal, async (groups) => {
    const keys = await Promise.all(groups.map((group) => group.makeKey()))
    const [two, three] = keys.map(({ groupKey }) => toHex(groupKey))
    assert.is.not(two, three)
    await listening(5)
    for (const [i, group] of groups.entries()) {
      const { signature, signers } = await group.sign(DIGEST, 'a move')
      assert.ok(isGroupSigned(keys[i]?.groupKey ?? new Uint8Array(), fromHex(DIGEST), signature), `group ${i}`)
      assert.is(signers.length, 2)
    }
    assert.equal(readdirSync(join(folder, 'group-1')).sort(), ['0', '1', '2'], 'approvals of each holder')
  })
  await listening(0)
})

test('closed or interrupted at any moment, a group leaves nothing open', async () => {
  const interrupt = new AbortController()
  await listening(0)
  await withGroups([2], interrupt.signal, async ([group]) => {
    const making = codeFrom((group as HolderGroup).makeKey())
    await (group as HolderGroup).close()
    assert.is(await making, 'interrupted')
    await listening(0)
    assert.is(await codeFrom((group as HolderGroup).makeKey()), 'interrupted')
  })
  await withGroups([2], interrupt.signal, async ([group]) => {
    const making = codeFrom((group as HolderGroup).makeKey())
    await listening(2)
    interrupt.abort()
    assert.is(await making, 'interrupted')
  })
  await listening(0)
})

test('one holder is no group', async () => {
  const alone = withGroups([1], new AbortController().signal, async () => undefined)
  assert.is(await codeFrom(alone), 'custody-group')
})

test('holders as far as there are sidecars; of the governors the majority signs', () => {
  const sizes = (nodes: number, governors: number): readonly string[] =>
    groupPlans(nodes, governors).map(({ name, threshold, holders }) => `${name} ${threshold} of ${holders}`)
  assert.equal(sizes(8, 3), ['governors 2 of 3', 'provider-1 2 of 3'])
  assert.equal(sizes(2, 3), ['governors 2 of 3', 'provider-1 2 of 2'])
  assert.equal(sizes(64, 11), ['governors 6 of 11', 'provider-1 2 of 3'])
})

test.run()
