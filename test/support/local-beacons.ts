// A local chain with its verifier on a fake clock, for tests of everything that takes beacons.
import { hexToBytes } from '@noble/hashes/utils.js'
import { createLocalChain } from '../../src/beacon/local-chain.ts'
import type { LocalChain } from '../../src/beacon/local-chain.ts'
import { createBeaconVerifier } from '../../src/beacon/verify.ts'
import type { BeaconVerifier, ClaimedBeacon } from '../../src/beacon/verify.ts'
import type { DrandChain } from '../../src/core/types.ts'
import { createManualClock } from './manual-clock.ts'
import type { ManualClock } from './manual-clock.ts'

export interface Local {
  readonly source: LocalChain
  readonly chain: DrandChain
  readonly clock: ManualClock
  readonly verifier: BeaconVerifier
  /** The authentic beacon of a round, due or not; a fresh copy each time. */
  readonly claim: (round: number) => Required<ClaimedBeacon>
}

const GENESIS = 1_700_000_000

export const pin = ({ info }: LocalChain): DrandChain => ({
  hash: info.hash,
  publicKey: hexToBytes(info.public_key),
  genesisTime: info.genesis_time,
  periodSeconds: info.period,
})

/** Period 1 s; the clock stands `sinceGenesis` seconds after round 1, at round 10. `seed` makes another chain. */
export const createLocal = async (seed = 1, sinceGenesis = 9): Promise<Local> => {
  const source = await createLocalChain({
    seed: new Uint8Array(32).fill(seed),
    genesis: GENESIS,
    period: 1,
    threshold: 3,
    members: 5,
    beaconId: 'test',
  })
  const chain = pin(source)
  const clock = createManualClock((GENESIS + sinceGenesis) * 1000)
  const verifier = await createBeaconVerifier({ chain }, { clock })
  const claim = (round: number): Required<ClaimedBeacon> => {
    const { signature, randomness } = source.sign(round)
    return { round, signature: hexToBytes(signature), randomness: hexToBytes(randomness) }
  }
  return { source, chain, clock, verifier, claim }
}
