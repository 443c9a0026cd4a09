// The Reward Pool's closed periods as stakers saw them, read from events alone, so that any endpoint can tell: when each
// began and ended, what stakers had to share, how much was staked when.

import { LOG_PAGE_BLOCKS } from './postings.ts'
import type { Economy } from './economy.ts'
import type { Found } from './market-handles.ts'
import type { Provider } from './rpc.ts'
import type { Amounts, ClosedPeriod, StakeChange } from './yield.ts'

export interface RewardHistory {
  /** Oldest first: at most as many as asked for, fewer if the pool is young or the search became too long. */
  readonly closed: readonly ClosedPeriod[]
  /** All stake, from the first of these periods on. */
  readonly changes: readonly StakeChange[]
}

/** Of 2,000 blocks each: about 90 days of Ethereum. */
const PAGES_MOST = 324
const BPS = 10_000n
/** `IRewardPool.Group`. */
export const STAKERS = 2

interface Happened {
  readonly log: Found
  readonly name: 'Released' | 'Forfeited' | 'PolicyChanged' | 'Staked' | 'Unstaked'
}

interface Policy {
  readonly governorsBps: number
  readonly operatorsBps: number
  readonly developmentBps: number
  readonly votersBps: number
}

type Parts = Pick<Economy, 'rewardPool' | 'staking'>

/** Newest first, until `enough` says so. */
async function happened(
  { rewardPool, staking }: Parts,
  provider: Provider,
  enough: (found: readonly Happened[]) => boolean,
): Promise<readonly Happened[]> {
  const names = new Map<string, Happened['name']>([
    [rewardPool.topic('Released'), 'Released'],
    [rewardPool.topic('Forfeited'), 'Forfeited'],
    [rewardPool.topic('PolicyChanged'), 'PolicyChanged'],
    [staking.topic('Staked'), 'Staked'],
    [staking.topic('Unstaked'), 'Unstaked'],
  ])
  const filter = { address: [rewardPool.address, staking.address], topics: [[...names.keys()]] }
  const found: Happened[] = []
  let head = await provider.getBlockNumber()
  for (let page = 0; page < PAGES_MOST && head >= 0 && !enough(found); page++, head -= LOG_PAGE_BLOCKS) {
    const logs = await provider.getLogs({
      ...filter,
      fromBlock: Math.max(0, head - LOG_PAGE_BLOCKS + 1),
      toBlock: head,
    })
    for (const log of logs.toReversed()) {
      const name = names.get(log.topics[0] ?? '')
      if (name) found.push({ log, name })
    }
  }
  return found
}

/** What stakers, voters apart, get of what is released (Split.released). */
function stakersPart({ ankr, eth }: Amounts, policy: Policy): Amounts {
  const { governorsBps, operatorsBps, developmentBps, votersBps } = policy
  const of = (all: bigint): bigint => {
    const others = [governorsBps, operatorsBps, developmentBps].map((bps) => (all * BigInt(bps)) / BPS)
    const stakers = others.reduce((left, share) => left - share, all)
    return stakers - (stakers * BigInt(votersBps)) / BPS
  }
  return { ankr: of(ankr), eth: of(eth) }
}

const plus = (a: Amounts, b: Amounts): Amounts => ({ ankr: a.ankr + b.ankr, eth: a.eth + b.eth })

export async function readRewardHistory(economy: Parts, provider: Provider, last: number): Promise<RewardHistory> {
  const { rewardPool, staking } = economy
  // One more than the periods asked for: a period begins where the one before is released.
  const enough = (found: readonly Happened[]) => found.filter(({ name }) => name === 'Released').length > last
  const found = (await happened(economy, provider, enough)).toReversed()
  const blocks = [...new Set(found.map(({ log }) => log.blockNumber))]
  const timeAt = async (block: number) => [block, (await provider.getBlock(block))?.timestamp ?? 0] as const
  const times = new Map(await Promise.all(blocks.map(timeAt)))
  const delta = ({ log, name }: Happened): bigint => {
    if (name === 'Staked') return staking.event('Staked', log).amount
    return name === 'Unstaked' ? -staking.event('Unstaked', log).amount : 0n
  }

  // Backwards from what is staked now.
  let staked = found.reduce((before, one) => before - delta(one), await rewardPool.read('totalWeight', [STAKERS]))
  // Without a change in sight it is the policy of now; with one, what was before it is not known.
  let policy = found.some(({ name }) => name === 'PolicyChanged') ? undefined : await rewardPool.read('policy', [])
  let open: { startedAt: number; came: Amounts } | undefined
  const closed: ClosedPeriod[] = []
  const changes: StakeChange[] = [{ at: 0, staked }]
  for (const one of found) {
    const { log, name } = one
    const at = times.get(log.blockNumber) ?? 0
    if (name === 'PolicyChanged') policy = rewardPool.event('PolicyChanged', log).policy
    else if (name === 'Forfeited')
      open &&= { ...open, came: plus(open.came, rewardPool.event('Forfeited', log).amounts) }
    else if (name === 'Released') {
      const { period, amounts } = rewardPool.event('Released', log)
      if (open) closed.push({ number: period, endedAt: at, ...open })
      open = policy && { startedAt: at, came: stakersPart(amounts, policy) }
    } else {
      staked += delta(one)
      changes.push({ at, staked })
    }
  }
  return { closed: closed.slice(-last), changes }
}
