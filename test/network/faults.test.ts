// One silent, one lying, one killed and restarted among eight real sidecars: every period still lands, nobody honest is
// harmed, and every posted period verifies, while any flipped byte of its evidence is named.
// runs in a pair
// time limit: 240 s

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { decodeBundle } from '../../src/audit/bundle.ts'
import { findContracts } from '../../src/chain/handles.ts'
import { connectRpc } from '../../src/chain/rpc.ts'
import { RevealBody, decode } from '../../src/core/records.ts'
import { UNOBSERVED } from '../../src/core/types.ts'
import type { Leaf } from '../../src/core/types.ts'
import { startNetwork, verified, verifyAnswers, verifyFile } from './support.ts'
import type { TestNetwork, Verified } from './support.ts'

const [SILENT, LIAR, KILLED] = [3, 5, 2]
/** When in period 1 the kill falls, as a part of it; printed with every failure through the test's name. */
const seed = Math.random()

const faults = suite(`network with faults (kill at ${seed.toFixed(4)})`)
let network: TestNetwork | undefined
const results = new Map<number, Verified>()

faults.before(async () => {
  network = await startNetwork(8, [`silent:${SILENT}`, `liar:${LIAR}`, `kill:${KILLED}@period1`], seed)
})
faults.after(async () => {
  await network?.devnet.stop()
})

const running = (): TestNetwork => {
  assert.ok(network, 'the network is running')
  return network
}

faults('every period lands and verifies from a peer of the network', async () => {
  const { devnet } = running()
  const postings = await devnet.periods(3)
  for (const { period } of postings) results.set(period, await verified(devnet, period, 1))
  const numbers = postings.map(({ period }) => period)
  assert.equal(numbers, [0, 1, 2].slice(0, numbers.length), 'no period is missing')
})

const leafOf = (leaves: readonly Leaf[], id: number): Leaf => {
  const leaf = leaves.find((leaf) => leaf.id === id)
  assert.ok(leaf, `there is a leaf for sidecar ${id}`)
  return leaf
}

faults('the silent one has no uptime', () => {
  // On a busy machine auditors can be unsure of a whole period; what they are sure of must be this.
  const observed = [...results].filter(([, { leaves }]) => leafOf(leaves, SILENT).uptimeBps !== UNOBSERVED)
  assert.ok(observed.length > 0, 'at least one period was conclusive')
  for (const [period, { leaves }] of observed)
    assert.is(leafOf(leaves, SILENT).uptimeBps, 0, `uptime in period ${period}`)
  for (const [period, { leaves }] of results)
    assert.is(leafOf(leaves, SILENT).diligenceSum, 0, `diligence by period ${period}`)
})

/** What the honest auditors found about each slot, in bps, from their opened reports. */
function honestFindings(bundle: Uint8Array, liarSlot: number): ReadonlyMap<number, readonly number[]> {
  const found = new Map<number, number[]>()
  for (const reveal of decodeBundle(bundle).reveals) {
    if (reveal.author === liarSlot + 1) continue
    for (const { slot, attempts, inconclusive, up } of decode(RevealBody, reveal.body, 'reveal').report) {
      const conclusive = attempts - inconclusive
      if (conclusive > 0) found.set(slot, [...(found.get(slot) ?? []), Math.floor((up * 10_000) / conclusive)])
    }
  }
  return found
}

faults('the liar moves nobody outside what honest auditors found', () => {
  let judged = 0
  for (const [period, { leaves, bundle }] of results) {
    const honest = honestFindings(bundle, leafOf(leaves, LIAR).slot)
    for (const { id, slot, uptimeBps } of leaves) {
      if (uptimeBps === UNOBSERVED) continue
      const found = honest.get(slot) ?? []
      judged++
      assert.ok(
        uptimeBps >= Math.min(...found) && uptimeBps <= Math.max(...found),
        `sidecar ${id} in period ${period}: ${uptimeBps} of ${found.join(' ')}`,
      )
    }
  }
  assert.ok(judged >= 8, `${judged} results were judged`)
})

faults('the killed one signed nothing twice, lost no salt and no transaction, and is back', async () => {
  const { devnet, reports } = running()
  await devnet.periods(4)
  const told = reports.flatMap((report) =>
    report.type === 'sidecar' && report.message.type === 'event'
      ? [{ id: report.id, event: report.message.event }]
      : [],
  )
  assert.equal(
    told.filter(({ event }) => event.type === 'equivocation'),
    [],
    'nobody saw anybody equivocate',
  )
  const lost = told.filter(({ id, event }) => id === KILLED && event.type === 'stuck' && /secret|salt/.test(event.code))
  assert.equal(lost, [], 'no salt was lost')
  const since = told.filter(({ id, event }) => id === KILLED && event.type === 'sealed' && event.period >= 2)
  assert.ok(since.length > 0, 'it seals again after its restart')
  const status = reports.findLast(
    (report) => report.type === 'sidecar' && report.id === KILLED && report.message.type === 'status',
  )
  assert.ok(status?.type === 'sidecar' && status.message.type === 'status', 'it reports its status again')
  assert.equal(status.message.status.pendingTransactions, [], 'no transaction is stuck')
  const provider = await connectRpc({ urls: [devnet.rpcUrl], timeoutMs: 5_000 })
  const { sidecars } = await findContracts(provider, devnet.ledger)
  const { minStake } = await sidecars.read('params', [])
  assert.is((await sidecars.read('sidecar', [KILLED])).stake, minStake, 'its stake is whole')
  provider.destroy()
})

faults('every auditor, the killed one too, shows the answers its report rests on', async () => {
  const { devnet } = running()
  const period = Math.max(...results.keys())
  const { code, json } = await verifyAnswers(devnet, period, 1)
  assert.is(code, 0, JSON.stringify(json))
})

faults('a flipped byte of the evidence is found and named', async () => {
  const { devnet } = running()
  const folder = mkdtempSync(join(tmpdir(), 'stkr-flip-'))
  const [period, { bundle }] = [...results][0] ?? [0, { bundle: new Uint8Array() }]
  // One byte in each sixteenth of the bundle: every section is hit; test/audit flips them all in memory.
  for (let i = 0; i < 16; i++) {
    const at = Math.floor(((i + seed) / 16) * bundle.length)
    const file = join(folder, 'flipped')
    writeFileSync(
      file,
      bundle.map((byte, index) => (index === at ? byte ^ 1 : byte)),
    )
    const { code, json } = await verifyFile(devnet, period, file)
    assert.is(code, 1, `byte ${at}: ${JSON.stringify(json)}`)
    const { ok, where } = json as { ok: boolean; where: string }
    assert.is(ok, false, `byte ${at}`)
    assert.match(
      where,
      /(header|sealStatements|revealStatements|seals|reveals|leaves|baseLeaves)/,
      `byte ${at}: ${where}`,
    )
  }
  rmSync(folder, { recursive: true })
})

faults.run()
