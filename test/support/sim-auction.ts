// Auctions among sidecars in one process on a virtual clock: real auctioneers over simulated gossip, drand, marketplace and
// disks. Timelocks and beacons are real cryptography on a chain of the test's own. Whoever misbehaves does so by meddling
// with what it publishes; everything follows from the scenario and its seed.

import { bls12_381 } from '@noble/curves/bls12-381.js'
import { numberToBytesBE } from '@noble/curves/utils.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { createAuctioneer } from '../../src/auction/auctioneer.ts'
import type { Auctioneer, AuctioneerDeps } from '../../src/auction/options.ts'
import type { Strategy } from '../../src/auction/strategy.ts'
import { keccak256, toHex, utf8ToBytes } from '../../src/core/bytes.ts'
import { periodStart, roundDueAt } from '../../src/core/clock.ts'
import { Fault } from '../../src/core/errors.ts'
import type { Log, MeshEvent, RandomBytes, Verdict } from '../../src/core/ports.ts'
import { createTimelock } from '../../src/core/timelock.ts'
import type { Timelock } from '../../src/core/timelock.ts'
import type {
  Beacon,
  MarketJob,
  Member,
  Network,
  ProvenLeaf,
  Roster,
  Schedule,
  SignedRecord,
} from '../../src/core/types.ts'
import { nameOf } from '../../src/round/record.ts'
import { createAuctionDisk } from './sim-auction-disk.ts'
import type { AuctionNode, AuctionScenario, AuctionSim, Message, Topic } from './sim-auction-scenario.ts'
import { createVirtualClock } from './sim-clock.ts'
import { memoBls, memoVerifier, simKeys } from './sim-crypto.ts'
import { createSimLedger } from './sim-ledger.ts'
import { createSimMarket } from './sim-market.ts'
import type { SimProvider } from './sim-market.ts'
import { createRandom } from './sim-random.ts'

const SCHEDULE: Schedule = {
  genesisRound: 10,
  periodRounds: 16,
  epochPeriods: 100,
  audits: 4,
  seatsMax: 128,
  sealRounds: 4,
  closeRounds: 6,
  revealCloseRounds: 8,
  certifyRounds: 10,
  viewRounds: 2,
  evidencePeriods: 8,
}
const GENESIS_SECONDS = 1_700_000_000
const ROUND_MS = 3_000
const { shortSignatures } = bls12_381
const SECRET = keccak256(utf8ToBytes('auction sim chain')).with(0, 1)
const drand = {
  hash: '00'.repeat(32),
  publicKey: shortSignatures.getPublicKey(SECRET).toBytes(true),
  genesisTime: GENESIS_SECONDS,
  periodSeconds: 3,
}
/** The first round an auction of these tests is announced in, and its phases. */
export const START = periodStart(SCHEDULE, 0)
export const [CLOSE, OPEN, PICK] = [START + 6, START + 12, START + 14]

const beacons = new Map<number, Beacon>()
export function beaconOf(round: number): Beacon {
  const known = beacons.get(round)
  if (known) return known
  const point = shortSignatures.hash(
    sha256(numberToBytesBE(BigInt(round), 8)),
    'BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_',
  )
  const signature = shortSignatures.sign(point, SECRET).toBytes(true)
  const made = { round, signature, randomness: sha256(signature) }
  beacons.set(round, made)
  return made
}

export const createSimTimelock = (random: RandomBytes): Timelock => createTimelock({ chain: drand }, { random })

/** Everybody opens the same ciphertexts: once in this process is enough. */
function memoTimelock(random: RandomBytes): Timelock {
  const real = createSimTimelock(random)
  const opened = new Map<string, Uint8Array | Fault>()
  return {
    seal: real.seal,
    open(ciphertext, beacon) {
      const key = `${beacon.round}/${toHex(ciphertext)}`
      const known = opened.get(key)
      if (known instanceof Fault) throw known
      if (known) return known
      try {
        const payload = real.open(ciphertext, beacon)
        opened.set(key, payload)
        return payload
      } catch (error) {
        if (error instanceof Fault) opened.set(key, error)
        throw error
      }
    },
  }
}

const strategy: Strategy = {
  costs: { cpu: 0n, memory: 0n, storage: 0n, time: 0n },
  marginBps: 0,
  heldBack: { cpuMilliGhz: 0, memoryMilliGb: 0, storageMilliGb: 0 },
  floor: 1n,
  ceiling: 1_000n,
  kinds: ['validator'],
}
const CAPACITY = { cpuMilliGhz: 4_000, memoryMilliGb: 16_000, storageMilliGb: 128_000 }
const silentLog: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

/** A result that shows a sidecar up; nothing here looks at its proof. */
const upLeaf = (id: number, period: number): ProvenLeaf => ({
  period,
  leaf: {
    ...{ id, slot: id - 1, uptimeBps: 10_000, latencyMs: 1, observers: 4, blockNumber: 5 },
    ...{ periodsObserved: period + 1, uptimeSum: (period + 1) * 10_000, diligenceSum: 0 },
  },
  proof: [],
})

export function simulateAuctions(scenario: AuctionScenario): AuctionSim {
  const size = scenario.nodes ?? 7
  const prices = scenario.prices ?? { 0: 60n, 1: 70n, 2: 75n }
  const random = createRandom(`auctions ${scenario.seed}`)
  const clock = createVirtualClock(GENESIS_SECONDS * 1000 + START * ROUND_MS)
  const verifier = memoVerifier()
  const bls = memoBls()
  const keys = Array.from({ length: size }, (_, index) => simKeys(`bidder ${index}`))
  const members: Member[] = keys.map(({ signer, certificateSigner, peerKey }, slot) => {
    return { id: slot + 1, slot, signer: signer.address, peerKey, blsKey: certificateSigner.publicKey }
  })
  const roster: Roster = { epoch: 0, members }
  const network: Network = {
    chainId: 31_337n,
    sidecars: '0x0000000000000000000000000000000000000001',
    committee: '0x0000000000000000000000000000000000000002',
    ledger: '0x0000000000000000000000000000000000000003',
    separator: keccak256(utf8ToBytes('auction sim')),
    drand,
    schedule: SCHEDULE,
  }
  const providers: SimProvider[] = Object.keys(prices).map((index) => ({
    provider: Number(index) + 1,
    author: Number(index) + 1,
    signer: keys[Number(index)]?.signer.address ?? '0x',
    score: 1_000 * (Number(index) + 1),
    standing: { free: CAPACITY, freeCollateral: 1_000n, ceiling: 1_000n, tokenPrice: { usd: 1n, decimals: 0 } },
    able: true,
  }))
  const ports = { clock, bls, verifier, landingMs: 700 }
  const ledger = createSimLedger(network, () => roster, ports)
  const market = createSimMarket(network, roster, providers, { ...ports, beacon: beaconOf })
  const timelock = memoTimelock(random.bytes)
  const isHalted = (round: number): boolean =>
    scenario.halt !== undefined && round >= scenario.halt.from && round < scenario.halt.to
  const newest = (): number => {
    const due = Math.floor((clock.now() - GENESIS_SECONDS * 1000) / ROUND_MS) + 1
    return isHalted(due) ? (scenario.halt?.from ?? due) - 1 : due
  }

  const seen = keys.map(() => new Set<string>())
  function deliver(from: number, to: number, topic: Topic, record: SignedRecord, partial: boolean): void {
    if (from === to) return
    clock.at(clock.now() + 20 + random.below(200), () => {
      const name = nameOf(record)
      if (seen[to]?.has(name)) return
      seen[to]?.add(name)
      void nodes[to]?.receive(topic, record).then((accepted) => {
        if (accepted && partial) for (const { index } of nodes) deliver(to, index, topic, record, true)
      })
    })
  }

  function inject(from: number, { topic, record, to, delayMs }: Message): void {
    clock.at(clock.now() + (delayMs ?? 0), () => {
      nodes[from]?.published.push(record)
      for (const index of to ?? nodes.keys()) deliver(from, index, topic, record, to !== undefined)
    })
  }

  interface Inner extends AuctionNode {
    receive(topic: Topic, record: SignedRecord): Promise<boolean>
    tick(round: number): void
    onJob(job: MarketJob): void
  }

  function createNode(index: number): Inner {
    const own = keys[index] ?? simKeys('nobody')
    const disk = createAuctionDisk()
    const events: MeshEvent[] = []
    const published: SignedRecord[] = []
    const refusals: string[] = []
    let life = { alive: true }
    let latest = 0

    const deps = (mine: { alive: boolean }): AuctioneerDeps => {
      const price = prices[index]
      const guard =
        <A extends unknown[], R>(work: (...args: A) => Promise<R>) =>
        (...args: A): Promise<R> =>
          mine.alive ? work(...args) : new Promise<R>(() => undefined)
      const publish = async (topic: Topic, record: SignedRecord): Promise<void> => {
        for (const message of scenario.meddle?.(index, { topic, record }) ?? [{ topic, record }]) inject(index, message)
      }
      return {
        clock: { now: clock.now, at: (at, task) => clock.at(at, () => (mine.alive ? task() : undefined)) },
        random: random.bytes,
        beacons: {
          latest: () => (latest > 0 ? beaconOf(latest) : undefined),
          get: (round) =>
            new Promise((resolve) => {
              const attempt = (): void => {
                if (round <= newest()) resolve(beaconOf(round))
                else clock.at(Math.max(clock.now() + 500, roundDueAt(drand, round)), attempt)
              }
              attempt()
            }),
        },
        ledger: ledger.handle(index),
        market: {
          ...market,
          commitBid: guard(market.commitBid),
          certifyOpenings: guard(market.certifyOpenings),
          settle: guard(market.settle),
          nextInLine: guard(market.nextInLine),
          reportStarted: guard(market.reportStarted),
          confirm: guard(market.confirm),
          complete: guard(market.complete),
          resume: guard(market.resume),
          startPool: guard(market.startPool),
        },
        gossip: { publish: guard(publish) },
        signer: own.signer,
        verifier,
        bls,
        certificateSigner: own.certificateSigner,
        timelock,
        peers: {
          async records(names) {
            const found = await Promise.all(
              names.map(async (name) => {
                for (const node of nodes) {
                  const record = node.index === index ? undefined : await node.disk.store.get(name)
                  if (record) return [record]
                }
                return []
              }),
            )
            return found.flat()
          },
        },
        journal: { ...disk.journal, signOnce: guard(disk.journal.signOnce) },
        store: { ...disk.store, put: guard(disk.store.put), putSecret: guard(disk.store.putSecret) },
        pricer: price === undefined ? undefined : { price: async () => price },
        host: { obstacle: async () => undefined, ready: async () => !scenario.idle?.includes(index) },
        proofs: {
          upAfter: async (id, period) => (scenario.unseen?.includes(index) ? undefined : upLeaf(id, period + 1)),
        },
        log: silentLog,
        emit: (event) => void events.push(event),
      }
    }

    const live = (): Auctioneer =>
      createAuctioneer(
        {
          network,
          staggerRounds: 1,
          strategy: prices[index] === undefined ? undefined : strategy,
          commitOnChain: scenario.onChain?.includes(index) ?? false,
        },
        deps(life),
      )
    let auctioneer = live()
    void auctioneer.start()
    return {
      index,
      id: index + 1,
      disk,
      events,
      published,
      refusals,
      auctioneer: () => auctioneer,
      kill() {
        life.alive = false
      },
      restart() {
        life.alive = false
        life = { alive: true }
        seen[index]?.clear()
        auctioneer = live()
        void auctioneer.start()
      },
      async receive(topic, record) {
        if (!life.alive) return false
        const verdict: Verdict = await auctioneer.onRecord(topic, record, 'somebody')
        if (verdict.verdict !== 'accept') refusals.push(`${record.kind}/${verdict.code}`)
        return verdict.verdict === 'accept'
      },
      tick(round) {
        latest = Math.max(latest, round)
        if (life.alive) auctioneer.onBeacon(beaconOf(round))
      },
      onJob(job) {
        if (life.alive) auctioneer.onJob(job)
      },
    }
  }

  const nodes: Inner[] = keys.map((_, index) => createNode(index))
  // Endpoints show changes at different moments.
  market.onChange((job) => {
    for (const node of nodes) clock.at(clock.now() + random.below(300), () => node.onJob(job))
  })
  function schedule(round: number): void {
    const made = roundDueAt(drand, round)
    clock.at(made, () => {
      if (!isHalted(round))
        for (const node of nodes) clock.at(made + random.below(200), () => node.tick(newest() >= round ? round : 0))
      schedule(round + 1)
    })
  }
  schedule(START + 2)

  return {
    network,
    roster,
    clock,
    market,
    ledger,
    nodes,
    timelock,
    providers,
    beacon: beaconOf,
    announce: (changes) =>
      market.announce({
        rules: { shortlist: 1, pricing: 'vickrey', reserve: 80n },
        closeRound: CLOSE,
        openRound: OPEN,
        pickRound: PICK,
        requester: '0x00000000000000000000000000000000000000aa',
        kind: 'validator',
        specHash: toHex(keccak256(utf8ToBytes('spec'))),
        requirements: { ...CAPACITY, durationSeconds: 3_600 },
        fixedPrice: 100n,
        deadlineAt: roundDueAt(drand, PICK + 20) / 1000,
        ...changes,
      }),
    inject,
    untilRound: (round, done) => clock.run(roundDueAt(drand, round), done),
  }
}
