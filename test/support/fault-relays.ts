// Relays with one fault each, in memory, behind the port `Relay`: what the race has to survive.
import { ignore } from '../../src/core/errors.ts'
import { roundAt } from '../../src/core/clock.ts'
import type { Relay } from '../../src/beacon/relay.ts'
import { isPinnedChain } from '../../src/beacon/relay.ts'
import { reject } from '../../src/core/errors.ts'
import type { ChainInfo } from '../../src/beacon/chain-info.ts'
import type { Local } from './local-beacons.ts'
import { waitUntil } from '../../src/beacon/waiting.ts'

/** A relay that writes down what it was asked. */
export interface FakeRelay extends Relay {
  readonly asked: (number | 'latest')[]
  /** Highest number of requests open at once. */
  readonly mostOpen: () => number
}

type Answer = Relay['fetch']

const fake = (url: string, info: () => ChainInfo, local: Local, answer: Answer): FakeRelay => {
  const asked: (number | 'latest')[] = []
  let open = 0
  let most = 0
  return {
    url,
    asked,
    mostOpen: () => most,
    info: async () => {
      if (isPinnedChain(info(), local.chain)) return info()
      throw reject('relay-chain', 'another chain')
    },
    fetch: async (round, signal) => {
      asked.push(round)
      most = Math.max(most, ++open)
      try {
        return await answer(round, signal)
      } finally {
        open--
      }
    },
  }
}

const behind = () => ignore('relay-behind', 'not there')

/** Serves what is due by the local clock, `lagRounds` late if asked to. */
export const honest = (url: string, local: Local, lagRounds = 0): FakeRelay =>
  fake(
    url,
    () => local.source.info,
    local,
    async (round) => {
      const due = roundAt(local.chain, local.clock.now()) - lagRounds
      if (round === 'latest' ? due < 1 : round > due) throw behind()
      return local.claim(round === 'latest' ? due : round)
    },
  )

/** Honest after `latencyMs`. */
export const slow = (url: string, local: Local, latencyMs: number): FakeRelay => {
  const inner = honest(url, local)
  return fake(
    url,
    () => local.source.info,
    local,
    async (round, signal) => {
      await waitUntil(local.clock, local.clock.now() + latencyMs, signal)
      signal.throwIfAborted()
      return inner.fetch(round, signal)
    },
  )
}

/** A well-formed answer with the signature of another round. */
export const forging = (url: string, local: Local): FakeRelay =>
  fake(
    url,
    () => local.source.info,
    local,
    async (round) => {
      const asked = round === 'latest' ? roundAt(local.chain, local.clock.now()) : round
      return { ...local.claim(asked + 1), round: asked }
    },
  )

/** Authentic, but always round 1. */
export const stale = (url: string, local: Local): FakeRelay =>
  fake(
    url,
    () => local.source.info,
    local,
    async () => local.claim(1),
  )

/** Authentic, but of a round whose time has not come. */
export const future = (url: string, local: Local): FakeRelay =>
  fake(
    url,
    () => local.source.info,
    local,
    async () => local.claim(1_000_000),
  )

/** Honest about a chain nobody pinned. */
export const wrongChain = (url: string, local: Local, other: Local): FakeRelay =>
  fake(
    url,
    () => other.source.info,
    local,
    async (round) => other.claim(round === 'latest' ? 1 : round),
  )

/** Never answers and does not heed its signal either. */
export const hanging = (url: string, local: Local): FakeRelay =>
  fake(
    url,
    () => local.source.info,
    local,
    () => new Promise(() => undefined),
  )

/** Refuses every connection, with an error that is none of ours. */
export const dead = (url: string, local: Local): FakeRelay =>
  fake(
    url,
    () => local.source.info,
    local,
    () => Promise.reject(new TypeError('fetch failed')),
  )
