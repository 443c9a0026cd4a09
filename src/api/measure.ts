// From what is known to numbers: events add to counters, a status and the outcomes of checks set gauges.

import type { Clock, MeshEvent } from '../core/ports.ts'
import type { Ages } from './ages.ts'
import { ready } from './health.ts'
import type { Checks } from './health.ts'
import type { Metrics } from './metrics.ts'
import type { Recorder } from './recorder.ts'
import type { Status } from './status.ts'

const WEI = 1e18
const flag = (value: boolean): number => (value ? 1 : 0)

function posted({ count }: Metrics, kind: string, { ours, gasUsed }: { ours: boolean; gasUsed: bigint }): void {
  count('stkr_postings_total', { kind, ours: String(ours) })
  if (ours) count('stkr_posting_gas_total', { kind }, Number(gasUsed))
}

export function countEvent(metrics: Metrics, event: MeshEvent): void {
  const { count } = metrics
  count('stkr_events_total', { type: event.type })
  switch (event.type) {
    case 'probed':
      return count('stkr_probes_total', { outcome: event.outcome, reason: event.reason })
    case 'certified':
      return count('stkr_certificates_total', { kind: 'audit' })
    case 'posted':
      return posted(metrics, 'audit', event)
    case 'openings-certified':
      count('stkr_certificates_total', { kind: 'openings' })
      return posted(metrics, 'openings', event)
    case 'job-settled':
      count('stkr_jobs_settled_total', { outcome: 'settled' })
      return posted(metrics, 'settlement', event)
    case 'job-unsettled':
      return count('stkr_jobs_settled_total', { outcome: 'unsettled' })
    case 'stuck':
    case 'job-stuck':
      return count('stkr_stuck_total', { step: event.step, code: event.code })
    case 'equivocation':
      return count('stkr_equivocations_total')
    case 'bid-placed':
      return count('stkr_bids_total', { outcome: 'placed' })
    case 'bid-declined':
      return count('stkr_bids_total', { outcome: 'declined' })
    default:
      return
  }
}

/** Sets one series for each entry, and none for what is gone. */
function setAll(
  { clear, set }: Metrics,
  name:
    | 'stkr_mesh_peers'
    | 'stkr_gossip_refused_total'
    | 'stkr_rpc_failures_total'
    | 'stkr_jobs'
    | 'stkr_workload_state'
    | 'stkr_reach'
    | 'stkr_transactions_held_up',
  label: string,
  values: Iterable<readonly [string, number]>,
): void {
  clear(name)
  for (const [key, value] of values) set(name, value, { [label]: key })
}

function measureMesh(metrics: Metrics, { mesh, relays, rpcFailures }: Status): void {
  const { set, clear } = metrics
  set('stkr_peers', mesh.peers)
  set('stkr_connections', mesh.connections)
  set('stkr_banned_peers', mesh.banned)
  set('stkr_gossip_pending', mesh.pending)
  setAll(metrics, 'stkr_mesh_peers', 'topic', Object.entries(mesh.mesh))
  setAll(metrics, 'stkr_gossip_refused_total', 'code', Object.entries(mesh.refused))
  const failures = rpcFailures.map((failed, endpoint): [string, number] => [String(endpoint), failed])
  setAll(metrics, 'stkr_rpc_failures_total', 'endpoint', failures)
  clear('stkr_relay_requests_total')
  for (const [relay, { counters }] of relays.entries())
    for (const [outcome, times] of Object.entries(counters))
      set('stkr_relay_requests_total', times, { relay: String(relay), outcome })
}

function measureReach(metrics: Metrics, { reach }: Status): void {
  const { set } = metrics
  setAll(metrics, 'stkr_reach', 'verdict', [[reach.verdict, 1]])
  set('stkr_relayed_connections', reach.relayed)
  set('stkr_confirmed_addresses', reach.confirmed.length)
  set('stkr_relay_reservations', reach.relays.length)
  set('stkr_relayed_sidecars', reach.relaying)
}

function measureEndpoints({ set, clear }: Metrics, { endpoints }: Status): void {
  for (const name of ['stkr_endpoint_ok', 'stkr_endpoint_latency_seconds', 'stkr_endpoint_demoted'] as const)
    clear(name)
  for (const kind of ['rpc', 'beacon'] as const)
    for (const [at, { state, demoted, latencyMs }] of endpoints.filter((one) => one.kind === kind).entries()) {
      const labels = { kind, endpoint: String(at) }
      set('stkr_endpoint_ok', flag(state === 'good' && demoted === undefined), labels)
      set('stkr_endpoint_demoted', flag(demoted !== undefined), labels)
      if (latencyMs !== undefined) set('stkr_endpoint_latency_seconds', latencyMs / 1000, labels)
    }
}

function measureNode(metrics: Metrics, { node }: Status): void {
  const { set, clear } = metrics
  setAll(metrics, 'stkr_workload_state', 'state', [[node.state, 1]])
  clear('stkr_workload_starts_total')
  set('stkr_workload_starts_total', node.starts)
  set('stkr_workload_crashes', node.crashes)
  if (node.usage) {
    set('stkr_workload_cpu', node.usage.cpu)
    set('stkr_workload_memory_bytes', node.usage.memoryBytes)
  }
  if (node.clockOffsetMs !== undefined) set('stkr_clock_offset_seconds', node.clockOffsetMs / 1000)
}

/** How many have each value. */
const counted = (values: readonly string[]): readonly (readonly [string, number])[] =>
  [...Map.groupBy(values, (value) => value)].map(([value, same]) => [value, same.length])

function measureWork(metrics: Metrics, { audit, auctions, pendingTransactions, transactions, gas }: Status): void {
  const { set } = metrics
  set('stkr_round', audit.round)
  set('stkr_period', audit.period)
  set('stkr_member', flag(audit.id !== undefined))
  set('stkr_committee_seat', flag(audit.seat !== undefined))
  set('stkr_members', audit.members)
  set('stkr_last_posted_period', audit.lastPosted ?? -1)
  set('stkr_records_waiting', audit.waiting + (auctions?.waiting ?? 0))
  set('stkr_pending_transactions', pendingTransactions.length)
  const heldUp = transactions.flatMap(({ code }) => (code === undefined ? [] : [code]))
  setAll(metrics, 'stkr_transactions_held_up', 'code', counted(heldUp))
  if (gas) set('stkr_signer_postings_left', gas.postingsLeft)
  setAll(metrics, 'stkr_jobs', 'phase', counted((auctions?.jobs ?? []).map(({ phase }) => phase)))
}

function measureChecks({ set }: Metrics, status: Status, checks: Checks, now: number): void {
  const lines = ready(status, checks, now)
  for (const { check, ok, ageSeconds } of lines) {
    set('stkr_check_ok', flag(ok), { check })
    if (check !== 'mesh') set('stkr_check_age_seconds', ageSeconds ?? Infinity, { check })
  }
  set('stkr_ready', flag(lines.every(({ ok }) => ok)))
  const chain = checks.chain.outcome().value
  if (chain) {
    set('stkr_signer_balance_ether', Number(chain.balance) / WEI)
    set('stkr_chain_block', chain.block)
  }
  const store = checks.store.outcome().value
  if (store) {
    set('stkr_store_bytes', store.bytes)
    set('stkr_disk_free_bytes', store.freeBytes)
  }
  const workload = checks.workload.outcome().value
  if (workload) {
    set('stkr_workload_head', workload.headNumber)
    set('stkr_workload_peers', workload.peers)
    set('stkr_workload_behind', workload.syncDistance)
  }
}

export interface Measured {
  readonly status: Status
  readonly checks: Checks
  readonly recorder: Recorder
  readonly ages: Ages
  readonly readers: { readonly now: number; readonly dropped: number }
}

/** Brings all that is not counted by events up to the moment. */
export function measure(metrics: Metrics, clock: Clock, measured: Measured): void {
  const { status, checks, recorder, ages, readers } = measured
  const { set, clear } = metrics
  const now = clock.now()
  measureWork(metrics, status)
  measureMesh(metrics, status)
  measureReach(metrics, status)
  measureEndpoints(metrics, status)
  measureNode(metrics, status)
  measureChecks(metrics, status, checks, now)
  const period = status.beacon?.periodSeconds ?? 0
  const beaconAt = status.beacon?.dueAt ?? ages.startedAt
  set('stkr_beacon_age_seconds', Math.max(0, now - beaconAt) / 1000)
  set('stkr_beacon_period_seconds', period)
  if (period > 0)
    set('stkr_rounds_since_certificate', Math.max(0, Math.floor((now - recorder.certifiedAt()) / 1000 / period)))
  set('stkr_oldest_pending_transaction_age_seconds', ages.oldest(status.pendingTransactions) / 1000)
  set('stkr_api_readers', readers.now)
  clear('stkr_api_readers_dropped_total')
  set('stkr_api_readers_dropped_total', readers.dropped)
}
