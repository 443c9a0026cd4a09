// The government's contracts as typed handles, found from its address alone, and a decision as it goes through them:
// proposed with its text, voted on, queued, executed. It makes calls and reads states; who sends them when is the
// caller's business.

import { id as textHash } from 'ethers'
import type { Hex } from '../core/types.ts'
import { CouncilAbi } from './abi/Council.ts'
import { GovernmentAbi } from './abi/Government.ts'
import { StakingAbi } from './abi/Staking.ts'
import { TestAnkrAbi } from './abi/TestAnkr.ts'
import { TimelockAbi } from './abi/Timelock.ts'
import { bindContract } from './contracts.ts'
import type { Call, Contract } from './contracts.ts'
import type { Provider } from './rpc.ts'

export interface GovernmentHandles {
  readonly government: Contract<typeof GovernmentAbi>
  readonly council: Contract<typeof CouncilAbi>
  readonly timelock: Contract<typeof TimelockAbi>
  readonly staking: Contract<typeof StakingAbi>
  readonly token: Contract<typeof TestAnkrAbi>
}

/** What is decided on: calls the timelock makes, in order, each with the wei it sends along, and why. */
export interface Decision {
  readonly calls: readonly (Call & { readonly value?: bigint })[]
  /** 1 to 16,384 bytes. */
  readonly text: string
}

/** `IGovernor.ProposalState`, in its order. */
export const PROPOSAL_STATES = [
  ...['pending', 'active', 'canceled', 'defeated', 'succeeded', 'queued', 'expired', 'executed'],
] as const

/** Support as ballots count it (GovernorCountingSimple). */
export const BALLOT = { against: 0, for: 1, abstain: 2 } as const
export type Ballot = keyof typeof BALLOT

/** Faults: `contract-missing`, `rpc-unreachable`. */
export async function findGovernment(provider: Provider, address: Hex): Promise<GovernmentHandles> {
  const government = bindContract(GovernmentAbi, address, provider)
  const council = bindContract(CouncilAbi, await government.read('council', []), provider)
  const [timelock, votes, token] = await Promise.all([
    government.read('timelock', []),
    council.read('votes', []),
    council.read('token', []),
  ])
  return {
    government,
    council,
    timelock: bindContract(TimelockAbi, timelock, provider),
    staking: bindContract(StakingAbi, votes, provider),
    token: bindContract(TestAnkrAbi, token, provider),
  }
}

type Parts = readonly [targets: readonly Hex[], values: readonly bigint[], datas: readonly Hex[]]

const partsOf = ({ calls }: Decision): Parts => [
  calls.map(({ to }) => to),
  calls.map(({ value = 0n }) => value),
  calls.map(({ data }) => data),
]

const hashOf = ({ text }: Decision): Hex => textHash(text) as Hex

type Government = Pick<GovernmentHandles, 'government'>

/** The proposal's id. */
export const proposalOf = ({ government }: Government, decision: Decision): Promise<bigint> =>
  government.read('hashProposal', [...partsOf(decision), hashOf(decision)])

export const proposeCall = ({ government }: Government, decision: Decision): Call =>
  government.call('propose', [...partsOf(decision), decision.text])

/** A reason goes on chain with the ballot, for everybody to read. */
export const voteCall = ({ government }: Government, proposal: bigint, ballot: Ballot, reason?: string): Call =>
  reason === undefined
    ? government.call('castVote', [proposal, BALLOT[ballot]])
    : government.call('castVoteWithReason', [proposal, BALLOT[ballot], reason])

export const queueCall = ({ government }: Government, decision: Decision): Call =>
  government.call('queue', [...partsOf(decision), hashOf(decision)])

export const executeCall = ({ government }: Government, decision: Decision): Call =>
  government.call('execute', [...partsOf(decision), hashOf(decision)])
