// Metrics: what they say, and that nothing a network does can make their number grow.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { METERS } from '../../src/api/meters.ts'
import { createMetrics } from '../../src/api/metrics.ts'
import { PERIODS_KEPT, RING, createRecorder } from '../../src/api/recorder.ts'
import type { MeshEvent } from '../../src/core/ports.ts'
import { systemClock } from '../../src/system.ts'
import { ROOT, ask, startApi, statusNow } from '../support/api.ts'
import { createManualClock } from '../support/manual-clock.ts'
import { until } from '../support/p2p.ts'

/** Series → value. */
const seriesOf = (text: string): ReadonlyMap<string, number> =>
  new Map(
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line): [string, number] => {
        const space = line.lastIndexOf(' ')
        return [line.slice(0, space), Number(line.slice(space + 1).replace('+Inf', 'Infinity'))]
      }),
  )

const metrics = suite('api: metrics')

metrics('status, checks and events as numbers', async () => {
  const { api, url, stop } = await startApi()
  api.note({ type: 'probed', period: 7, target: 4, outcome: 'down', reason: 'timeout' })
  api.note({ type: 'probed', period: 7, target: 5, outcome: 'down', reason: 'timeout' })
  api.note({ type: 'posted', period: 7, root: ROOT, tx: '0xbb', gasUsed: 250_000n, ours: true })
  api.note({ type: 'posted', period: 8, root: ROOT, tx: '0xbc', gasUsed: 260_000n, ours: false })
  api.note({ type: 'equivocation', id: 4, kind: 1, unit: 7 })
  await until(
    async () =>
      (await ask(`${url}/metrics`)).text.includes('stkr_ready{} 1') || (await ask(`${url}/readyz`)).status === 200,
    () => 'it never became ready',
  )
  // Twice: totals that somebody else counts are not added up at each scrape.
  await ask(`${url}/metrics`)
  const found = seriesOf((await ask(`${url}/metrics`)).text)
  const wanted: Readonly<Record<string, number>> = {
    stkr_period: 7,
    stkr_member: 1,
    stkr_committee_seat: 1,
    stkr_last_posted_period: 6,
    stkr_peers: 3,
    stkr_ready: 1,
    stkr_pending_transactions: 1,
    stkr_signer_balance_ether: 1.5,
    stkr_signer_postings_left: 15,
    'stkr_transactions_held_up{code="tx-fee-ceiling"}': 1,
    'stkr_endpoint_ok{kind="rpc",endpoint="0"}': 1,
    'stkr_endpoint_ok{kind="rpc",endpoint="1"}': 0,
    'stkr_endpoint_demoted{kind="rpc",endpoint="1"}': 1,
    'stkr_endpoint_latency_seconds{kind="rpc",endpoint="1"}': 4,
    'stkr_endpoint_ok{kind="beacon",endpoint="0"}': 0,
    'stkr_endpoint_demoted{kind="beacon",endpoint="0"}': 0,
    'stkr_reach{verdict="private"}': 1,
    stkr_relayed_connections: 1,
    stkr_confirmed_addresses: 0,
    stkr_relay_reservations: 1,
    stkr_relayed_sidecars: 2,
    stkr_store_bytes: 4096,
    stkr_workload_head: 77,
    'stkr_workload_state{state="ready"}': 1,
    stkr_workload_starts_total: 2,
    stkr_clock_offset_seconds: 0.25,
    stkr_equivocations_total: 1,
    'stkr_mesh_peers{topic="seal"}': 3,
    'stkr_gossip_refused_total{code="seal-late"}': 2,
    'stkr_rpc_failures_total{endpoint="1"}': 4,
    'stkr_relay_requests_total{relay="0",outcome="served"}': 5,
    'stkr_jobs{phase="bidding"}': 1,
    'stkr_probes_total{outcome="down",reason="timeout"}': 2,
    'stkr_postings_total{kind="audit",ours="true"}': 1,
    'stkr_postings_total{kind="audit",ours="false"}': 1,
    'stkr_posting_gas_total{kind="audit"}': 250_000,
    'stkr_check_ok{check="chain"}': 1,
    'stkr_check_ok{check="mesh"}': 1,
  }
  for (const [series, value] of Object.entries(wanted)) assert.is(found.get(series), value, series)
  const named = new Set([...found.keys()].map((series) => series.replace(/\{.*/, '')))
  const missing = Object.keys(METERS).filter((name) => !named.has(name))
  assert.equal(missing.toSorted(), [
    'stkr_bids_total',
    'stkr_certificates_total',
    'stkr_jobs_settled_total',
    'stkr_stuck_total',
  ])
  await stop()
})

metrics('ages grow with the clock; a transaction that is gone is forgotten', async () => {
  const clock = createManualClock(1_700_000_000_000)
  let pending = ['post:7']
  const dueAt = clock.now()
  const beacon = { round: 1, dueAt, periodSeconds: 3 }
  const status = () => ({ ...statusNow(clock), beacon, pendingTransactions: pending })
  const { api, url, stop } = await startApi({ clock, sources: { status } })
  const ageNow = async (name: string) => seriesOf((await ask(`${url}/metrics`)).text).get(name)
  assert.is(await ageNow('stkr_oldest_pending_transaction_age_seconds'), 0)
  await clock.advance(60_000)
  assert.is(await ageNow('stkr_oldest_pending_transaction_age_seconds'), 60)
  assert.is(await ageNow('stkr_beacon_age_seconds'), 60)
  assert.is(await ageNow('stkr_rounds_since_certificate'), 20)
  api.note({ type: 'certified', period: 7, root: ROOT, signers: 8, absent: [] })
  pending = ['post:8']
  assert.is(await ageNow('stkr_rounds_since_certificate'), 0)
  assert.is(await ageNow('stkr_oldest_pending_transaction_age_seconds'), 0)
  await stop()
})

/** Whatever a large, old and hostile network could do. */
function* everything(): Generator<MeshEvent> {
  for (let i = 0; i < 3_000; i++) {
    const odd = `odd-${i}`
    yield { type: 'period-started', period: i, members: i, targets: [i] }
    yield { type: 'probed', period: i % 100, target: i, outcome: odd, reason: odd }
    yield { type: 'stuck', period: i, step: odd, code: `${odd}${'x'.repeat(500)}` }
    yield { type: 'job-stuck', job: i, step: 'settle', code: odd }
    yield { type: 'certified', period: i, root: ROOT, signers: i, absent: [i] }
    yield { type: 'posted', period: i, root: ROOT, tx: undefined, gasUsed: 1n, ours: i % 2 === 0 }
    yield { type: 'equivocation', id: i, kind: i, unit: i }
    yield { type: 'bid-declined', job: i, code: odd, detail: odd }
    yield { type: 'bid-placed', job: i, provider: i, sequence: i }
    yield { type: 'job-unsettled', job: i, code: odd }
  }
}

metrics('many peers, periods, jobs and codes: a bounded number of series and of bytes', async () => {
  const names = Array.from({ length: 2_000 }, (_, i) => `code-${i}`)
  const counts = Object.fromEntries(names.map((name, i) => [name, i]))
  const status = () => {
    const now = statusNow(systemClock)
    const relays = names.map((url) => ({ url, counters: counts, lastFault: undefined, latencyMs: 1, cost: 1 }))
    return {
      ...now,
      mesh: { ...now.mesh, mesh: counts, refused: counts },
      relays: relays.slice(0, 64),
      rpcFailures: names.map((_, i) => i),
      auctions: {
        round: 1,
        waiting: 0,
        jobs: names.flatMap((phase) => now.auctions?.jobs.map((job) => ({ ...job, phase })) ?? []),
      },
    }
  }
  const { api, url, stop } = await startApi({ sources: { status } })
  for (const event of everything()) api.note(event)
  const found = seriesOf((await ask(`${url}/metrics`)).text)
  for (const [name, { most, labels }] of Object.entries(METERS)) {
    const own = [...found.keys()].filter((series) => series === name || series.startsWith(`${name}{`))
    assert.ok(own.length <= (labels.length === 0 ? 1 : most + 1), `${name} has ${own.length} series`)
  }
  assert.ok(found.size < 1_000, `${found.size} series`)
  assert.ok([...found.keys()].every((series) => series.length < 300))
  // Nothing is lost: what has no series of its own is under `other`.
  const probes = [...found].filter(([series]) => series.startsWith('stkr_probes_total')).map(([, value]) => value)
  assert.is(
    probes.reduce((sum, value) => sum + value, 0),
    3_000,
  )
  await stop()
})

metrics('what is kept of events and periods is bounded', () => {
  const recorder = createRecorder(systemClock)
  for (const event of everything()) recorder.note(event)
  assert.is(recorder.after(0, Infinity).length, RING)
  assert.is(recorder.periods().length, PERIODS_KEPT)
  assert.is(recorder.periods()[0]?.period, 2_999)
  for (let i = 0; i < 5_000; i++)
    recorder.note({ type: 'probed', period: 2_999, target: i, outcome: `${i}`, reason: `${i}` })
  const verdicts = recorder.period(2_999)?.verdicts ?? []
  assert.ok(verdicts.length <= 256, String(verdicts.length))
  for (let i = 0; i < 5_000; i++)
    recorder.note({ type: 'probed', period: 2_999, target: 0, outcome: `${i}`, reason: `${i}` })
  assert.ok(Object.keys(recorder.period(2_999)?.verdicts[0]?.reasons ?? {}).length <= 65)
})

metrics('a label cannot be filled by another metric', async () => {
  const table = createMetrics()
  for (let i = 0; i < 500; i++) table.count('stkr_stuck_total', { step: `${i}`, code: 'x' })
  table.count('stkr_bids_total', { outcome: 'placed' })
  const text = await table.text()
  assert.match(text, 'stkr_bids_total{outcome="placed"} 1')
  assert.match(text, 'stkr_stuck_total{step="other",code="other"} 372')
})

metrics.run()
