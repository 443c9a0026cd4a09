// Every metric of a sidecar, as data: registry, reference (docs/metrics.md), dashboards and alert rules are checked against
// this table. Labels have few values by construction and are capped all the same.

export interface Meter {
  readonly type: 'counter' | 'gauge'
  readonly help: string
  readonly labels: readonly string[]
  /** Sets of labels that are told apart; what comes after them is `other`, one series more. */
  readonly most: number
}

const gauge = (help: string, labels: readonly string[] = [], most = 1): Meter => ({ type: 'gauge', help, labels, most })
const counter = (help: string, labels: readonly string[] = [], most = 1): Meter => ({
  type: 'counter',
  help,
  labels,
  most,
})

export const METERS = {
  stkr_build_info: gauge('Always 1; the version that runs.', ['version', 'node']),

  stkr_round: gauge('Newest drand round acted on.'),
  stkr_beacon_age_seconds: gauge('Since the newest verified beacon was due; since the start while there is none.'),
  stkr_beacon_period_seconds: gauge('Seconds from one drand round to the next; 0 while unknown.'),
  stkr_relay_requests_total: counter(
    'Requests to drand relays by position in the list and how they ended.',
    ['relay', 'outcome'],
    128,
  ),

  stkr_period: gauge('Running period.'),
  stkr_member: gauge('1 while registered in the running epoch, else 0.'),
  stkr_committee_seat: gauge('1 while in the committee of the running epoch, else 0.'),
  stkr_members: gauge('Members of the running epoch.'),
  stkr_probes_total: counter(
    'Probes of our targets by outcome and reason (docs/reasons.md).',
    ['outcome', 'reason'],
    64,
  ),
  stkr_certificates_total: counter('Certificates that reached us, of audits and of openings of bids.', ['kind'], 2),
  stkr_rounds_since_certificate: gauge('Rounds since the newest certificate of a period, or since the start.'),
  stkr_last_posted_period: gauge('Newest period known to be on chain; -1 before the first.'),
  stkr_stuck_total: counter('Steps of periods and jobs that were held up, by step and code.', ['step', 'code'], 128),
  stkr_equivocations_total: counter('Pairs of contradicting records found.'),

  stkr_postings_total: counter(
    'What came on chain: periods, openings, settlements; ours when our transaction did it.',
    ['kind', 'ours'],
    6,
  ),
  stkr_posting_gas_total: counter('Gas used by our own transactions of these kinds.', ['kind'], 3),
  stkr_pending_transactions: gauge('Transactions that are not mined yet.'),
  stkr_oldest_pending_transaction_age_seconds: gauge(
    'How long the oldest of them has been seen; counts from the start of the process.',
  ),
  stkr_signer_balance_ether: gauge('What the signer has for gas, as of the newest answer of the chain.'),
  stkr_chain_block: gauge('Newest block of the settlement chain that was told to us.'),
  stkr_signer_postings_left: gauge(
    'Postings that the signer can pay for at the fee of the moment; 1000000 is any number.',
  ),
  stkr_transactions_held_up: gauge('Transactions that the chain does not take now, by code.', ['code'], 16),
  stkr_endpoint_ok: gauge(
    '1 while an endpoint is used and not demoted, by kind (rpc, beacon) and position in its list.',
    ['kind', 'endpoint'],
    64,
  ),
  stkr_endpoint_latency_seconds: gauge(
    'Moving average of the answers of an endpoint; none before the first.',
    ['kind', 'endpoint'],
    64,
  ),
  stkr_endpoint_demoted: gauge(
    '1 while an endpoint is asked after the others, for being slow or failing.',
    ['kind', 'endpoint'],
    64,
  ),
  stkr_rpc_failures_total: counter('Failed requests by position of the endpoint in rpcUrls.', ['endpoint'], 64),

  stkr_peers: gauge('Connected sidecars.'),
  stkr_connections: gauge('Open connections.'),
  stkr_relayed_connections: gauge('Those of them that lead through a relay.'),
  stkr_reach: gauge('1 for what is known of being dialled: unchecked, unknown, reachable, private.', ['verdict'], 4),
  stkr_confirmed_addresses: gauge('Own addresses that others can dial.'),
  stkr_relay_reservations: gauge('Relays through which this sidecar can be reached.'),
  stkr_relayed_sidecars: gauge('Sidecars that can be reached through this one.'),
  stkr_mesh_peers: gauge('Mesh peers by topic.', ['topic'], 8),
  stkr_banned_peers: gauge('Peers that are turned away for their conduct.'),
  stkr_gossip_refused_total: counter('Messages and requests turned away, by code.', ['code'], 64),
  stkr_gossip_pending: gauge('Messages that wait for a verdict.'),
  stkr_records_waiting: gauge('Records that wait for their round.'),

  stkr_jobs: gauge('Jobs that are alive, by phase.', ['phase'], 8),
  stkr_bids_total: counter('Our own bids, and jobs we did not bid on.', ['outcome'], 2),
  stkr_jobs_settled_total: counter('Jobs that were settled, and those nothing could be settled of.', ['outcome'], 2),

  stkr_check_ok: gauge('1 when the newest round trip of this kind worked, else 0.', ['check'], 5),
  stkr_check_age_seconds: gauge('Since it last worked; +Inf while it never did.', ['check'], 5),
  stkr_ready: gauge('1 when /readyz answers 200, else 0.'),
  stkr_workload_state: gauge('1 for the state the workload is in (docs/operating.md).', ['state'], 8),
  stkr_workload_starts_total: counter('Starts of the workload by this sidecar.'),
  stkr_workload_crashes: gauge('Ends of the workload that nobody asked for, within the crash window.'),
  stkr_workload_cpu: gauge('Cores the workload uses, where that can be told.'),
  stkr_workload_memory_bytes: gauge('Memory the workload uses, where that can be told.'),
  stkr_clock_offset_seconds: gauge('Clock of this machine less the time that relays tell.'),
  stkr_workload_head: gauge('Newest block or slot of the workload.'),
  stkr_workload_peers: gauge('Peers that the workload has.'),
  stkr_workload_behind: gauge('Blocks the workload says it is behind; 0 when in sync.'),

  stkr_store_bytes: gauge('Size of the store on disk.'),
  stkr_disk_free_bytes: gauge('What is free on the disk of the data directory.'),

  stkr_events_total: counter('Everything that happened, by type of event.', ['type'], 32),
  stkr_api_requests_total: counter('Requests to this API, by class of status.', ['status'], 4),
  stkr_api_readers: gauge('Readers of the event stream.'),
  stkr_api_readers_dropped_total: counter('Readers of the event stream that were too slow.'),
} as const satisfies Readonly<Record<string, Meter>>

export type MeterName = keyof typeof METERS
