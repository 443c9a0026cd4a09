// Taking part in decisions: proposing, voting, queueing, executing, each planned first. What a proposal's calls would meet if
// they were made now is found by asking the chain as the timelock.

import { codeOf, reject } from '../core/errors.ts'
import type { Hex } from '../core/types.ts'
import { createCallCodec } from './call-codec.ts'
import type { CallCodec } from './call-codec.ts'
import type { Call } from './contracts.ts'
import { createDecisionReader } from './decisions.ts'
import type { DecisionReader, DecisionView } from './decisions.ts'
import type { Economy } from './economy.ts'
import { executeCall, proposalOf, proposeCall, queueCall, voteCall } from './government.ts'
import type { Ballot, Decision } from './government.ts'
import { revertFault } from './reverts.ts'
import { createPlanner } from './steps.ts'
import type { Planner, PlannerDeps, Step } from './steps.ts'

/** Who has a seat and what it voted, as far as it did. */
export interface SeatBallot {
  readonly account: Hex
  readonly voted: boolean
}

export interface DecisionDesk extends Planner, DecisionReader {
  readonly codec: CallCodec
  /** Those seated when the vote is fixed who still are, and who of them voted. */
  ballots(view: DecisionView): Promise<readonly SeatBallot[]>
  /** What each call would be refused with if the timelock made it now; undefined where it would do. */
  refusals(calls: readonly Call[]): Promise<readonly (string | undefined)[]>
  /** Fault `proposal-exists`: one with the same calls and text, whatever became of it. */
  planProposal(decision: Decision): Promise<{ readonly steps: readonly Step[]; readonly proposal: bigint }>
  planVote(number: number, ballot: Ballot, reason?: string): Promise<readonly Step[]>
  planQueue(number: number): Promise<readonly Step[]>
  planExecution(number: number): Promise<readonly Step[]>
}

export function openDecisionDesk(economy: Economy, deps: PlannerDeps): DecisionDesk {
  const { government, council, timelock } = economy
  const { provider } = deps
  const planner = createPlanner(deps)
  const codec = createCallCodec(economy)
  const reader = createDecisionReader(economy, codec, provider)

  async function refusalOf({ to, data }: Call): Promise<string | undefined> {
    // The government lets itself be called only while it executes.
    if (to === government.address) return undefined
    try {
      await provider.call({ from: timelock.address, to, data })
      return undefined
    } catch (error) {
      const fault = revertFault(error, 'this call')
      if (codeOf(fault).startsWith('revert-')) return codeOf(fault)
      throw fault
    }
  }

  return {
    ...planner,
    ...reader,
    codec,
    ballots: async ({ proposal, opensAt }) => {
      const seats = await council.read('seats', [])
      const held = await Promise.all(seats.map((account) => council.read('seatedAt', [account, opensAt])))
      return Promise.all(
        seats
          .filter((_, i) => held[i])
          .map(async (account) => ({ account, voted: await government.read('hasVoted', [proposal, account]) })),
      )
    },
    refusals: (calls) => Promise.all(calls.map(refusalOf)),
    planProposal: async (decision) => {
      if (decision.calls.length === 0) throw reject('call-unknown', 'a proposal calls something')
      const proposal = await proposalOf(economy, decision)
      if ((await government.read('proposalSnapshot', [proposal])) !== 0n)
        throw reject('proposal-exists', 'the same calls were proposed with the same text before: write another text', {
          proposal,
        })
      return { steps: [await planner.plan('propose', proposeCall(economy, decision))], proposal }
    },
    planVote: async (number, ballot, reason) => {
      const { proposal } = await reader.view(number)
      return [await planner.plan('vote', voteCall(economy, proposal, ballot, reason))]
    },
    planQueue: async (number) => [await planner.plan('queue', queueCall(economy, await reader.view(number)))],
    planExecution: async (number) => {
      const view = await reader.view(number)
      const wanted = view.calls.reduce((sum, { value }) => sum + value, 0n)
      const held = wanted === 0n ? 0n : await provider.getBalance(timelock.address)
      return [
        await planner.plan('execute', { ...executeCall(economy, view), value: wanted > held ? wanted - held : 0n }),
      ]
    },
  }
}
