// What a local network's jobs bring to everybody. Once it audits, people stake on its sidecars and vote, and what its
// sidecars audit is measured; when all jobs are over the requester stakes a part of its profit, and two days pass at once
// on chain, so that the Reward Pool releases what the jobs brought and everybody has earned its share. Promises what
// contracts say, nothing computed here. Afterwards the chain's clock is days ahead: nothing else should follow.

import { createProofs } from '../audit/leaf-proofs.ts'
import type { LeafProofs } from '../audit/leaf-proofs.ts'
import { AuditLedgerAbi } from '../chain/abi/AuditLedger.ts'
import { ProjectsAbi } from '../chain/abi/Projects.ts'
import { bindContract } from '../chain/contracts.ts'
import type { Call } from '../chain/contracts.ts'
import { findEconomy } from '../chain/economy.ts'
import { forwardingOf } from '../chain/forwarding.ts'
import { createLedger } from '../chain/ledger.ts'
import type { Outbox } from '../chain/outbox.ts'
import { provenArgs } from '../chain/proven-leaf.ts'
import { openStakingDesk } from '../chain/staking-desk.ts'
import type { Amounts } from '../chain/yield.ts'
import { fromHex } from '../core/bytes.ts'
import { Fault } from '../core/errors.ts'
import type { DrandChain, Hex } from '../core/types.ts'
import { withStranger } from '../stranger.ts'
import { mint } from './money.ts'
import type { Settlement } from './settlement.ts'
import { TOKEN } from './terms.ts'

/** What an account has of the jobs, not withdrawn. */
export interface Share {
  readonly who: string
  readonly account: Hex
  /** Paid by the jobs themselves; of the requester, what is left of it after its stake. */
  readonly jobs: Amounts
  /** From the Reward Pool. */
  readonly rewards: Amounts
}

export interface PaydayReport {
  /** All that the pools were ever given. */
  readonly rewardPool: Amounts
  readonly insurancePool: Amounts
  /** Staked by the requester out of its profit. */
  readonly profitStaked: bigint
  readonly shares: readonly Share[]
}

export interface Payday {
  /** Begins once: stakes, votes, the first measure. Returns at once; needs a period on chain. */
  start(): void
  /** The newest period the first measure knows; undefined before it. Faults of `start`. */
  begun(): Promise<number>
  /** Needs all jobs over and a later period on chain. */
  end(): Promise<PaydayReport>
}

export interface PaydayOptions {
  /** Addresses of sidecars 1 …, each of the provider of its number: they are asked for results. */
  readonly peers: readonly string[]
  readonly drand: Pick<DrandChain, 'hash'>
}

export interface PaydayDeps {
  readonly settlement: Settlement
  readonly signal: AbortSignal
}

interface Staker {
  readonly key: Hex
  readonly sidecar: number
  readonly stake: bigint
  readonly votes: boolean
}

/** Anvil's fifth to seventh development accounts: known to everybody, for local chains alone. */
export const STAKERS: readonly Staker[] = [
  {
    key: '0x47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a',
    ...{ sidecar: 1, stake: 1_000n * TOKEN, votes: true },
  },
  {
    key: '0x8b3a350cf5c34c9194ca85829a2df0ec3153be0318b5e2d3348e872092edffba',
    ...{ sidecar: 2, stake: 2_000n * TOKEN, votes: true },
  },
  {
    key: '0x92db14e403b83dfe3df233f83dfa3a0d7096f21ca9b0d6d6b8d88b2b4ec1564e',
    ...{ sidecar: 1, stake: 3_000n * TOKEN, votes: false },
  },
]
export const PROFIT_STAKED = 100n * TOKEN

/** `IRewardPool.Group`. */
const [GOVERNORS, OPERATORS, ON_SIDECARS, VOTERS] = [0, 1, 2, 3]
const DAY_SECONDS = 24 * 3_600

export async function createPayday(
  { peers, drand }: PaydayOptions,
  { settlement, signal }: PaydayDeps,
): Promise<Payday> {
  const { contracts, government, provider, outbox } = settlement
  const drandHash = async (): Promise<string> => drand.hash
  const ledger = await createLedger({ ledger: contracts.ledger, confirmations: 1 }, { provider, outbox, drandHash })
  const ids = peers.map((_, i) => i + 1)
  const economy = await findEconomy(provider, contracts.government)
  const projects = bindContract(ProjectsAbi, contracts.projects, provider)
  const auditLedger = bindContract(AuditLedgerAbi, contracts.ledger, provider)
  const { rewardPool, insurancePool, providers, dividends } = economy
  const stakers: Outbox[] = []
  let beginning: Promise<number> | undefined
  let sent = 0

  const send = (call: Call) => outbox.submit({ key: `payday:${sent++}`, ...call })

  async function stake({ key, sidecar, stake: amount, votes }: Staker, candidate: Hex): Promise<Outbox> {
    const own = await settlement.open(fromHex(key, 32))
    await mint(contracts.token, [[own.sender, amount]], { provider, outbox })
    const desk = openStakingDesk(economy, { provider, outbox: own })
    await desk.send(await desk.planStake(sidecar, amount))
    if (votes) await desk.send(await desk.planVote(candidate))
    return own
  }

  async function showAndMeasure(proofs: LeafProofs, sidecar: number, period: number): Promise<void> {
    const found = await proofs.of(sidecar, period, signal)
    if (!found)
      throw new Fault('devnet-no-result', `no sidecar has the result of period ${period} for sidecar ${sidecar}`)
    const { leaf, proof } = provenArgs(found)
    await send(auditLedger.call('proveLeaf', [BigInt(period), leaf, proof]))
    await send(dividends.call('measure', [sidecar]))
  }

  /** What each sidecar audited up to the newest posted period, from the sidecars themselves; the period. */
  const measure = async (): Promise<number> =>
    withStranger(await ledger.network(), peers, signal, async (host) => {
      const evidence = { summary: async () => undefined, putSummary: async () => undefined }
      const proofs = createProofs({ ledger, evidence, peers: host.evidence })
      const { period } = (await ledger.lastPosted()) ?? { period: -1 }
      await Promise.all(ids.map((sidecar) => showAndMeasure(proofs, sidecar, period)))
      return period
    })

  async function begin(): Promise<number> {
    const candidate = await government.stand()
    stakers.push(...(await Promise.all(STAKERS.map((one) => stake(one, candidate)))))
    return measure()
  }

  async function passDay(): Promise<void> {
    await provider.send('evm_increaseTime', [DAY_SECONDS])
    await provider.send('evm_mine', [])
    for (const { call } of await forwardingOf(economy)) await send(call)
    await send(rewardPool.call('release', []))
  }

  /** Credits what every position earned. */
  async function settle(owners: readonly Hex[]): Promise<void> {
    const positions = [
      ...government.governors.map((account) => [GOVERNORS, account, 0] as const),
      ...[...owners, outbox.sender].map((account) => [OPERATORS, account, 0] as const),
      ...stakers.flatMap(({ sender }, i) => [
        [ON_SIDECARS, sender, STAKERS[i]?.sidecar ?? 0] as const,
        [VOTERS, sender, 0] as const,
      ]),
    ]
    await Promise.all(
      positions.map(([group = 0, account, sidecar]) => send(rewardPool.call('settle', [group, account, sidecar]))),
    )
  }

  async function shareOf(who: string, account: Hex): Promise<Share> {
    const [jobs, rewards] = await Promise.all([
      projects.read('creditOf', [account]),
      rewardPool.read('creditOf', [account]),
    ])
    return { who, account, jobs, rewards }
  }

  async function end(): Promise<PaydayReport> {
    await measure()
    const { ankr: owed } = await projects.read('creditOf', [outbox.sender])
    const profitStaked = owed < PROFIT_STAKED ? owed : PROFIT_STAKED
    if (profitStaked > 0n) await send(projects.call('stakeProfit', [profitStaked]))
    await passDay()
    await passDay()
    const owners = await Promise.all(ids.map((id) => providers.read('ownerOf', [id])))
    await settle(owners)
    const everybody: readonly (readonly [string, Hex])[] = [
      ...owners.map((account, i) => [`provider ${i + 1}`, account] as const),
      ['requester', outbox.sender],
      ...government.governors.map((account, i) => [`governor ${i + 1}`, account] as const),
      ...stakers.map(({ sender }, i) => [`staker ${i + 1}`, sender] as const),
      ['development', await rewardPool.read('development', [])],
    ]
    const [ankr = 0n, eth = 0n, insured = 0n, insuredEth = 0n] = await Promise.all([
      ...[rewardPool.read('total', []), rewardPool.read('totalEth', [])],
      ...[insurancePool.read('total', []), insurancePool.read('totalEth', [])],
    ])
    return {
      rewardPool: { ankr, eth },
      insurancePool: { ankr: insured, eth: insuredEth },
      profitStaked,
      shares: await Promise.all(everybody.map(([who, account]) => shareOf(who, account))),
    }
  }

  const start = (): Promise<number> => (beginning ??= begin())

  return {
    start: () => void start().catch(() => undefined),
    begun: start,
    end,
  }
}
