// Micro-pools as providers and users see them: which there are, how one stands, what an account has in it, and the
// transactions that change it, planned first as plain steps with their gas and the ETH they carry. It decides nothing:
// contracts do, and say no by name.

import { codeOf, reject } from '../core/errors.ts'
import type { Hex } from '../core/types.ts'
import { AEthAbi } from './abi/AEth.ts'
import { IMicroPoolAbi } from './abi/IMicroPool.ts'
import { MicroPoolsAbi } from './abi/MicroPools.ts'
import { TestAnkrAbi } from './abi/TestAnkr.ts'
import { bindContract } from './contracts.ts'
import type { Contract } from './contracts.ts'
import type { FirstDeposit, ValidatorProof } from './pool-files.ts'
import { createPaymentPlan } from './paying.ts'
import { createPlanner, laterStep } from './steps.ts'
import type { Planner, PlannerDeps, Step } from './steps.ts'

export const POOL_STATES = ['filling', 'filled', 'running', 'completed', 'closed', 'migrated'] as const
export type PoolState = (typeof POOL_STATES)[number]

/** ETH in wei, ANKR in base units, times in Unix seconds. */
export interface PoolView {
  readonly address: Hex
  readonly state: PoolState
  readonly provider: Hex
  readonly providerId: number
  readonly sidecar: number
  /** In the order of opening, from 1. */
  readonly number: number
  /** All 32 ETH would pay it. */
  readonly fixedPrice: bigint
  readonly rewardBps: number
  readonly insuranceBps: number
  readonly endsAt: number
  /** Of the validator; '0x' before its first deposit. */
  readonly pubkey: Hex
  readonly proven: boolean
  readonly providerEth: bigint
  readonly usersEth: bigint
  readonly room: bigint
  readonly fees: bigint
  readonly successor: Hex
  /** What the deposit must withdraw to. */
  readonly credentials: Hex
}

/** What came back, from the end on, in wei. */
export interface PoolResult {
  /** Unix seconds. */
  readonly endedAt: number
  readonly usersReturned: bigint
  readonly providerReturned: bigint
  readonly rewards: bigint
  readonly toInsurance: bigint
  readonly toReward: bigint
  /** Insured and not paid yet: the Insurance Pool owes it. */
  readonly claimed: boolean
}

export interface Stake {
  readonly eth: bigint
  readonly paid: bigint
  readonly redeemed: bigint
  readonly claimable: bigint
  readonly aEth: bigint
}

export interface PoolDesk extends Planner {
  total(): Promise<number>
  /** The newest `last` pools, oldest first. */
  list(last: number): Promise<readonly PoolView[]>
  /** Fault `pool-unknown`. */
  view(pool: Hex): Promise<PoolView>
  result(pool: Hex): Promise<PoolResult>
  stakeOf(pool: Hex, account: Hex): Promise<Stake>
  /** What all 32 ETH of a pool with that end would pay now. */
  quote(endsAt: number): Promise<bigint>
  /** The newest of a sidecar; the zero address for none. */
  newestOf(sidecar: number): Promise<Hex>
  /** Wei that aETH is worth now, and what any holder can redeem. */
  backing(amount: bigint): Promise<{ readonly worth: bigint; readonly available: bigint }>
  planOpen(sidecar: number, endsAt: number, stake: bigint): Promise<readonly Step[]>
  /** Adding, and the start if that fills the pool. */
  planAdd(pool: Hex, eth: bigint): Promise<readonly Step[]>
  /** Approval (if needed), joining, and the start if that fills the pool. Faults: `token-short`, `revert-…`. */
  planJoin(
    pool: Hex,
    eth: bigint,
  ): Promise<{ readonly steps: readonly Step[]; readonly eth: bigint; readonly fee: bigint }>
  planLeave(pool: Hex, eth: bigint): Promise<readonly Step[]>
  planPredeposit(pool: Hex, deposit: FirstDeposit): Promise<readonly Step[]>
  /** The proof, and the start if the pool is full. */
  planProof(pool: Hex, proof: ValidatorProof): Promise<readonly Step[]>
  /** The deposit of the other 31 ETH of a pool that is full and proven. */
  planStart(pool: Hex): Promise<readonly Step[]>
  planExit(pool: Hex): Promise<readonly Step[]>
  /**
   * Ends it, with a proof if less than 32 ETH came back; then all that anybody may push on: what came since, the fee,
   * what the Insurance Pool pays, both pools' shares.
   */
  planCompletion(pool: Hex, proof: ValidatorProof | undefined): Promise<readonly Step[]>
  planClaim(pool: Hex, to: Hex): Promise<readonly Step[]>
  /** By position in `pool`, or as any holder without one. */
  planRedemption(amount: bigint, to: Hex, pool: Hex | undefined): Promise<readonly Step[]>
}

type PoolContract = Contract<typeof IMicroPoolAbi>

const VALIDATOR = 32n * 10n ** 18n
const NOTHING_TO_COLLECT = 'revert-nothing-to-collect'

export async function openPoolDesk(microPools: Hex, deps: PlannerDeps): Promise<PoolDesk> {
  const { provider, outbox } = deps
  const planner = createPlanner(deps)
  const factory = bindContract(MicroPoolsAbi, microPools, provider)
  const aEth = bindContract(AEthAbi, await factory.read('aEth', []), provider)
  const { token: tokenAt } = await factory.read('parts', [])
  const planPayment = createPaymentPlan(planner, bindContract(TestAnkrAbi, tokenAt, provider), outbox.sender)

  async function poolAt(address: Hex): Promise<PoolContract> {
    if (!(await factory.read('isPool', [address])))
      throw reject('pool-unknown', `${address} is no micro-pool of ${microPools}: stkr pool list`, { pool: address })
    return bindContract(IMicroPoolAbi, address, provider)
  }

  async function viewOf(pool: PoolContract): Promise<PoolView> {
    const { terms, state: place, ...rest } = await pool.read('pool', [])
    const { pubkey, proven, providerEth, usersEth, fees, successor } = rest
    const state = POOL_STATES[place] ?? POOL_STATES[0]
    // What follows from this is not asked for: a list costs one call for each pool.
    const room = state === 'filling' ? VALIDATOR - providerEth - usersEth : 0n
    const credentials: Hex = `0x01${'00'.repeat(11)}${pool.address.slice(2)}`
    return {
      address: pool.address,
      state,
      ...terms,
      ...{ pubkey, proven, providerEth, usersEth, fees, successor, room, credentials },
    }
  }

  const one = async (
    name: string,
    pool: Hex,
    call: (at: PoolContract) => Step['call'] | Promise<Step['call']>,
  ): Promise<readonly Step[]> => [await planner.plan(name, await call(await poolAt(pool)))]

  /** Behind a step that fills a pool. Whoever is faster may have started it, or somebody left before. */
  const startStep = (pool: PoolContract): Step => ({
    ...laterStep('start', pool.call('start', [])),
    isNeedless: async () => (await viewOf(pool)).state !== 'filled',
  })

  async function planJoin(address: Hex, wanted: bigint): ReturnType<PoolDesk['planJoin']> {
    const pool = await poolAt(address)
    const { room, proven } = await viewOf(pool)
    const eth = wanted < room ? wanted : room
    const fee = await pool.read('feeFor', [outbox.sender, eth])
    const join = { ...pool.call('join', []), value: wanted }
    const steps = await planPayment({ name: 'join', call: join, amount: fee })
    return { steps: proven && eth === room ? [...steps, startStep(pool)] : steps, eth, fee }
  }

  async function planAdd(address: Hex, eth: bigint): Promise<readonly Step[]> {
    const pool = await poolAt(address)
    const { room, proven } = await viewOf(pool)
    const add = await planner.plan('add', { ...pool.call('add', []), value: eth })
    return proven && eth >= room ? [add, startStep(pool)] : [add]
  }

  async function planProof(address: Hex, proof: ValidatorProof): Promise<readonly Step[]> {
    const pool = await poolAt(address)
    const prove = await planner.plan('prove', pool.call('prove', [proof]))
    return (await pool.read('room', [])) === 0n ? [prove, startStep(pool)] : [prove]
  }

  /** What the Insurance Pool has for the pool by now. */
  async function planCollection(pool: PoolContract): Promise<readonly Step[]> {
    try {
      return [await planner.plan('collect', pool.call('collect', []))]
    } catch (error) {
      if (codeOf(error) === NOTHING_TO_COLLECT) return []
      throw error
    }
  }

  async function planCompletion(address: Hex, proof: ValidatorProof | undefined): Promise<readonly Step[]> {
    const pool = await poolAt(address)
    const { state, fees } = await viewOf(pool)
    const { owed, toInsurance, toReward, claimed } = await pool.read('result', [])
    const balance = await provider.getBalance(address)
    const steps: Step[] = []
    if (state === 'running')
      steps.push(await planner.plan('complete', proof ? pool.call('completeBy', [proof]) : pool.call('complete', [])))
    else if (balance > owed) steps.push(await planner.plan('distribute', pool.call('distribute', [])))
    if (fees > 0n) steps.push(await planner.plan('pay fee', pool.call('payFee', [])))
    if (claimed) steps.push(...(await planCollection(pool)))
    const forward = pool.call('forward', [])
    if (toInsurance + toReward > 0n) steps.push(await planner.plan('forward', forward))
    else if (state === 'running' && balance > VALIDATOR) steps.push(laterStep('forward', forward))
    return steps
  }

  return {
    ...planner,
    total: async () => Number(await factory.read('total', [])),
    list: async (last) => {
      const total = await factory.read('total', [])
      const from = total > BigInt(last) ? total - BigInt(last) : 0n
      const found = await factory.read('pools', [from, total])
      return Promise.all(found.map((address) => viewOf(bindContract(IMicroPoolAbi, address, provider))))
    },
    view: async (address) => viewOf(await poolAt(address)),
    result: async (address) => (await poolAt(address)).read('result', []),
    stakeOf: async (address, account) => {
      const pool = await poolAt(address)
      const { eth, paid, redeemed } = await pool.read('positionOf', [account])
      const claimable = await pool.read('claimable', [account])
      return { eth, paid, redeemed, claimable, aEth: await aEth.read('balanceOf', [account]) }
    },
    quote: (endsAt) => factory.read('quoteFor', [endsAt]),
    newestOf: (sidecar) => factory.read('poolOf', [sidecar]),
    backing: async (amount) => ({
      worth: await aEth.read('worth', [amount]),
      available: await aEth.read('available', []),
    }),
    planOpen: async (sidecar, endsAt, stake) => [
      await planner.plan('open', { ...factory.call('open', [sidecar, endsAt]), value: stake }),
    ],
    planAdd,
    planJoin,
    planLeave: (pool, eth) => one('leave', pool, (at) => at.call('leaveWith', [eth])),
    planPredeposit: (pool, { pubkey, signature, depositDataRoot }) =>
      one('predeposit', pool, (at) => at.call('predeposit', [pubkey, signature, depositDataRoot])),
    planProof,
    planStart: (pool) => one('start', pool, (at) => at.call('start', [])),
    planExit: (pool) =>
      one('exit', pool, async (at) => ({ ...at.call('exit', []), value: (await at.read('exitFee', [])) * 2n })),
    planCompletion,
    planClaim: (pool, to) => one('claim', pool, (at) => at.call('claim', [to])),
    planRedemption: async (amount, to, pool) =>
      pool === undefined
        ? [await planner.plan('redeem', aEth.call('redeem', [amount, to]))]
        : one('redeem', pool, (at) => at.call('redeem', [amount, to])),
  }
}
