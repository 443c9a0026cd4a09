// THE WIRING of one sidecar, readable top to bottom: what is opened, what is handed to what, in which order it starts and
// stops. All arrows between the domain and the outside are here and nowhere else. It decides nothing itself.

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { ed25519 } from '@noble/curves/ed25519.js'
import { createAuditor } from './audit/auditor.ts'
import type { Auditor, AuditorOptions, AuditorStatus, CreateAuditor } from './audit/auditor.ts'
import { gatherBundle } from './audit/bundle.ts'
import { createProofs } from './audit/leaf-proofs.ts'
import type { AuctioneerStatus, CreateAuctioneer } from './auction/options.ts'
import type { BeaconClient } from './beacon/client.ts'
import { NO_AUCTIONS, createAuctions, isOfAuction, openBazaar } from './auctions.ts'
import type { Bazaar } from './auctions.ts'
import { findChainHash } from './beacon/discover.ts'
import { openBeacons } from './beacon/open.ts'
import { createGasWatch } from './chain/gas-watch.ts'
import type { GasStatus, GasWatch } from './chain/gas-watch.ts'
import { createLedger } from './chain/ledger.ts'
import { createOutbox } from './chain/outbox.ts'
import type { Outbox, PendingTransaction } from './chain/outbox.ts'
import { createRehearsalOutbox } from './chain/rehearsal.ts'
import type { WouldSend } from './chain/rehearsal.ts'
import { connectRpc } from './chain/rpc.ts'
import type { Provider } from './chain/rpc.ts'
import type { SidecarConfig } from './config/sidecar.ts'
import { keccak256, leadingUint64, toHex, word } from './core/bytes.ts'
import { roundDueAt } from './core/clock.ts'
import { Fault, codeOf } from './core/errors.ts'
import type { Ledger, Log, MeshEvent, Verdict } from './core/ports.ts'
import type { DrandChain, Hex, Leaf, Network } from './core/types.ts'
import { endpointsOf } from './endpoints.ts'
import type { Endpoint } from './endpoints.ts'
import type { SecretKeys } from './keys/secrets.ts'
import { createMembership } from './membership.ts'
import { createCertificateSigner, nativeBls } from './native/certificates.ts'
import { createRecordSigner, createRecordVerifier } from './native/records.ts'
import type { DialBack } from './p2p/dialback.ts'
import { createHost } from './p2p/host.ts'
import type { Neighbour } from './p2p/neighbours.ts'
import type { Host, HostStatus, OfferedBeacon, ReachOptions, ReachStatus } from './p2p/options.ts'
import { networkName } from './p2p/wire.ts'
import { createRoundTrips } from './round-trips.ts'
import type { RoundTrips } from './round-trips.ts'
import { openStore } from './store/open.ts'
import type { Store } from './store/open.ts'
import { systemClock, systemRandom } from './system.ts'
import type { NodeStatus } from './workload/status.ts'
import { createNodeBeside } from './workloads.ts'

export interface SidecarDeps {
  readonly log: Log
  /** Told what happened, for views and tests. */
  readonly emit: (event: MeshEvent) => void
  /** Another way to make the auditor: how a local network injects misbehaviour. */
  readonly createAuditor?: CreateAuditor
  /** The same for auctions. */
  readonly createAuctioneer?: CreateAuctioneer
  /** A dry run with keys that nobody knows: whose duties it follows, and who hears of what that one would send. */
  readonly rehearse?: { readonly signer: Hex; readonly onWouldSend: (would: WouldSend) => void }
}

export interface SidecarStatus {
  readonly peerId: string
  readonly addresses: readonly string[]
  readonly signer: Hex
  readonly audit: AuditorStatus
  /** Undefined when this sidecar takes no part in auctions. */
  readonly auctions: AuctioneerStatus | undefined
  /** The node beside this sidecar. */
  readonly node: NodeStatus
  readonly mesh: Omit<HostStatus, 'reach'>
  /** Whether others can dial it, and how it is connected. */
  readonly reach: ReachStatus
  /** Newest verified round and when it was due, unix ms. */
  readonly beacon: { readonly round: number; readonly dueAt: number; readonly periodSeconds: number } | undefined
  readonly relays: ReturnType<BeaconClient['relays']>
  /** Failed requests of each endpoint of `rpcUrls`, in its order. */
  readonly rpcFailures: readonly number[]
  /** How each endpoint does, in the order of `rpcUrls`, then of `drandRelays`. */
  readonly endpoints: readonly Endpoint[]
  /** Names of transactions that are not mined yet, and how they stand. */
  readonly pendingTransactions: readonly string[]
  readonly transactions: readonly PendingTransaction[]
  /** What the signer can pay for; undefined before the first answer of the chain. */
  readonly gas: GasStatus | undefined
}

export interface Sidecar {
  /** Joins the mesh and audits until `stop`. */
  start(): Promise<void>
  /** The reverse of the start order: nothing new is signed, then nothing is sent, then the store closes. */
  stop(): Promise<void>
  status(): SidecarStatus
  /** Whom it is connected to; `sidecar` is the id of members of the running or next epoch. */
  peers(): Promise<readonly (Neighbour & { readonly sidecar: number | undefined })[]>
  /** What a few peers find that dial this sidecar's addresses. */
  dialback(): Promise<readonly DialBack[]>
  /** Leaves of a posted period as the store has them. */
  summary(period: number): Promise<readonly Leaf[] | undefined>
  /** Do chain, store and workload answer? Asked for health and metrics only. */
  readonly roundTrips: RoundTrips
}

/** Unix ms and length of what the newest beacon belongs to. */
function beaconOf({ chain, latest }: BeaconClient): SidecarStatus['beacon'] {
  const round = latest()?.round
  return round === undefined
    ? undefined
    : { round, dueAt: roundDueAt(chain, round), periodSeconds: chain.periodSeconds }
}

const RPC_TIMEOUT_MS = 10_000
/** How often several endpoints of the chain are compared, and how far one may be behind. */
const COMPARE_MS = 30_000
const LAG_BLOCKS = 5
const DIAL_BACK_MS = 12_000
/** AutoNAT asks four peers of different networks first. */
const SETTLE_MS = 60_000

/** What depends on whether the network is a demonstration on one machine or lives on the open internet. */
const PACE = {
  local: { confirmations: 1, pollMs: 200, replaceAfterMs: 10_000, gasMs: 10_000, probes: 3, probeTimeoutMs: 2_000 },
  public: { confirmations: 3, pollMs: 4_000, replaceAfterMs: 60_000, gasMs: 120_000, probes: 6, probeTimeoutMs: 5_000 },
} as const

const auditing = ({ probes, probeTimeoutMs }: (typeof PACE)[keyof typeof PACE], network: Network): AuditorOptions => ({
  network,
  probes,
  probeTimeoutMs,
  lagBlocks: 8,
  marginBlocks: 3,
  staggerRounds: 1,
})

/**
 * Which relay delays spread a network's requests: everybody waits a different part of 40 % of a round, so that one or two
 * ask a relay and the others have the beacon from them by then.
 */
const fetchDelay = (chain: DrandChain, peerKey: Uint8Array) => {
  const spreadMs = BigInt(Math.floor(chain.periodSeconds * 400))
  return (round: number): number => Number(leadingUint64(keccak256(peerKey, word(round))) % spreadMs)
}

/** On the open internet the host finds out whether it can be dialled; a local network is as it is configured. */
const reachOf = ({ upnp, relays, relayReservations, relaySeconds, relayKb }: SidecarConfig): ReachOptions => ({
  upnp,
  reservations: relays,
  settleMs: SETTLE_MS,
  ...(relayReservations > 0 && {
    relay: { reservations: relayReservations, seconds: relaySeconds, bytes: relayKb * 1024 },
  }),
})

/** A gossiped beacon goes through the same door as one from a relay. */
const judgeBeacon =
  (beacons: BeaconClient) =>
  async (beacon: OfferedBeacon): Promise<Verdict> => {
    try {
      await beacons.offer(beacon)
      return { verdict: 'accept' }
    } catch (error) {
      return { verdict: error instanceof Fault ? error.verdict : 'ignore', code: codeOf(error) }
    }
  }

interface Opened {
  readonly store: Store
  readonly provider: Provider
  readonly outbox: Outbox
  readonly gas: GasWatch
  readonly ledger: Ledger
  readonly network: Network
  readonly beacons: BeaconClient
  /** Undefined when this sidecar takes no part in auctions. */
  readonly bazaar: Bazaar | undefined
}

/** Fault `store-moved`: what was signed here has been taken to another machine, which may be signing now. */
async function refuseMoved({ interchange }: Store): Promise<void> {
  if ((await interchange.movedAt()) === undefined) return
  const advice = 'run it there, or stkr export --cancel if the file was imported nowhere'
  throw new Fault('store-moved', `this sidecar was exported to another machine and must not sign here: ${advice}`)
}

/** The outside that the host needs: store, chain, beacon. Closes what it opened when a later part fails. */
async function openOutside(
  config: SidecarConfig,
  keys: SecretKeys,
  peerKey: Uint8Array,
  { log, rehearse }: SidecarDeps,
): Promise<Opened> {
  const pace = config.local ? PACE.local : PACE.public
  const { confirmations, pollMs, replaceAfterMs } = pace
  const store = await openStore(join(config.dataDir, 'store'))
  try {
    await refuseMoved(store)
    const compare = { everyMs: COMPARE_MS, depth: confirmations, lagBlocks: LAG_BLOCKS }
    const chain = { urls: config.rpcUrls, timeoutMs: RPC_TIMEOUT_MS, compare }
    const provider = await connectRpc(chain, { now: systemClock.now, log })
    const ceilings = { feeCeiling: config.feeCeiling, gasCeiling: BigInt(config.gasCeiling) }
    const sending = { senderKey: keys.record, confirmations, pollMs, replaceAfterMs, ...ceilings }
    const outbox = rehearse
      ? createRehearsalOutbox(
          { sender: rehearse.signer, pollMs, ...ceilings },
          { provider, clock: systemClock, onWouldSend: rehearse.onWouldSend },
        )
      : createOutbox(sending, { provider, pending: store.pending, clock: systemClock, log })
    const watched = { account: outbox.sender, everyMs: pace.gasMs, feeCeiling: config.feeCeiling }
    const gas = createGasWatch(watched, { provider, clock: systemClock, log })
    const drandHash = (chain: Omit<DrandChain, 'hash'>) => findChainHash(chain, config.drandRelays)
    const ledger = await createLedger({ ledger: config.ledger, confirmations }, { provider, outbox, drandHash })
    const network = await ledger.network()
    const relays = {
      chain: network.drand,
      relayUrls: config.drandRelays,
      fetchDelayMs: fetchDelay(network.drand, peerKey),
    }
    const beacons = await openBeacons(relays, { clock: systemClock, log })
    const bazaar = await openBazaar(config, { cursors: store.cursors, provider, outbox, network, log, pace })
    return { store, provider, outbox, gas, ledger, network, beacons, bazaar }
  } catch (error) {
    await store.close()
    throw error
  }
}

/**
 * Opens everything and wires it; nothing is dialled, listened on or signed before `start`.
 * Faults: those of config, store (`store-locked`), chain (`rpc-unreachable`, `contract-missing`), relays and host.
 */
export async function createSidecar(config: SidecarConfig, keys: SecretKeys, deps: SidecarDeps): Promise<Sidecar> {
  const { log, emit } = deps
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 })
  const pace = config.local ? PACE.local : PACE.public
  const peerKey = ed25519.getPublicKey(keys.peer)
  const outside = await openOutside(config, keys, peerKey, deps)
  const { store, provider, outbox, gas, ledger, network, beacons, bazaar } = outside
  const membership = createMembership(ledger, network, log)

  const host: Host = await createHost(
    {
      network: networkName(network.chainId, network.sidecars),
      secretKey: keys.peer,
      listen: config.listen,
      announce: config.announce,
      bootstrap: config.bootstrap,
      local: config.local,
      reachable: true,
      ...(!config.local && { reach: reachOf(config) }),
      mdns: config.mdns,
      storePath: join(config.dataDir, 'peers'),
    },
    {
      log,
      random: systemRandom,
      onRecord: (topic, record, from) =>
        (isOfAuction(record) ? auctions : auditor).onRecord(topic, record, toHex(from)),
      onBeacon: judgeBeacon(beacons),
      isMember: membership.isMember,
      members: membership.members,
      onProbe: (request, from) => auditor.answer(request, from),
      library: {
        record: async (hash) => (await store.evidence.get(hash)) ?? store.auctions.get(hash),
        bundle: (period) => gatherBundle(period, { ledger, evidence: store.evidence }),
        jobBundle: (job) => auctions.bundle(job),
        answers: store.evidence.answers,
        summary: store.evidence.summary,
      },
    },
  )

  const signer = createRecordSigner(keys.record)
  const job = async (id: number) => bazaar?.market.job(id)
  const beside = createNodeBeside(config, { log, emit, drand: network.drand, job })
  /** What audits and auctions are handed alike. */
  const common = {
    clock: systemClock,
    random: systemRandom,
    beacons,
    ledger,
    gossip: host.gossip,
    signer,
    verifier: createRecordVerifier(),
    bls: nativeBls,
    certificateSigner: createCertificateSigner(keys.bls),
    peers: host.evidence,
    journal: store.journal,
    log,
    emit,
  }
  const watched = deps.rehearse && { watched: deps.rehearse.signer }
  const auditor: Auditor = (deps.createAuditor ?? createAuditor)(
    { ...auditing(pace, network), ...watched },
    {
      ...common,
      prober: host.prober,
      workload: beside.workload,
      yardsticks: beside.yardsticks,
      runsJob: bazaar && (async (sidecar) => (await bazaar.market.heldJob(sidecar)) !== undefined),
      evidence: store.evidence,
    },
  )
  const proofs = createProofs({ ledger, evidence: store.evidence, peers: host.evidence })
  const jobs = { ...common, store: store.auctions, host: beside.host, proofs }
  const auctions = bazaar ? createAuctions(config, bazaar, network, deps.createAuctioneer, jobs) : NO_AUCTIONS

  const unsubscribe = beacons.onBeacon((beacon, source) => {
    void membership.follow(beacon.round)
    auditor.onBeacon(beacon)
    auctions.onBeacon(beacon)
    if (source === 'relay') {
      beside.onBeacon(beacon.round)
      void host.gossip.publishBeacon(beacon).catch((error: unknown) => {
        log.debug('a beacon was not passed on', { round: beacon.round, code: codeOf(error) })
      })
    }
  })

  return {
    async start() {
      beside.start()
      await outbox.start()
      gas.start()
      await membership.follow(beacons.latest()?.round ?? network.schedule.genesisRound)
      await host.start()
      await auditor.start()
      await auctions.start()
    },
    async stop() {
      unsubscribe()
      await auctions.stop()
      await auditor.stop()
      await host.stop()
      await beacons.close()
      await gas.stop()
      await outbox.stop()
      await beside.stop()
      await store.close()
    },
    peers: async () => (await host.neighbours()).map((peer) => ({ ...peer, sidecar: membership.idOf(peer.peerKey) })),
    dialback: () => host.dialBack(AbortSignal.timeout(DIAL_BACK_MS)),
    status: () => {
      const { reach, ...mesh } = host.status()
      const relays = beacons.relays()
      return {
        peerId: host.peerId,
        addresses: host.addresses(),
        signer: outbox.sender,
        audit: auditor.status(),
        auctions: auctions.status(),
        node: beside.status(),
        mesh,
        reach,
        beacon: beaconOf(beacons),
        relays,
        rpcFailures: provider.failures(),
        endpoints: endpointsOf(provider.endpoints(), relays),
        pendingTransactions: outbox.unfinished(),
        transactions: outbox.transactions(),
        gas: gas.status(),
      }
    },
    summary: store.evidence.summary,
    roundTrips: createRoundTrips({
      provider,
      signer: outbox.sender,
      store,
      workload: beside.workload,
      folder: config.dataDir,
    }),
  }
}
