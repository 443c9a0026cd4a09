// Decisions of the government as they stand: where each is on its way from proposal to effect, its text and calls (from the
// events of its proposal), who voted, what it still takes. Read only.

import { Fault, reject } from '../core/errors.ts'
import type { Hex } from '../core/types.ts'
import type { CallCodec, ReadCall } from './call-codec.ts'
import type { GovernmentHandles } from './government.ts'
import { PROPOSAL_STATES } from './government.ts'
import type { Found } from './market-handles.ts'
import { LOG_PAGE_BLOCKS } from './postings.ts'
import type { Provider } from './rpc.ts'

export type DecisionState = (typeof PROPOSAL_STATES)[number]

/** Times in Unix seconds. */
export interface DecisionView {
  /** From 0 on, in the order of proposals. */
  readonly number: number
  /** The proposal's id, as other tools know it. */
  readonly proposal: bigint
  readonly state: DecisionState
  readonly proposer: Hex
  readonly tx: Hex
  readonly text: string
  readonly calls: readonly ReadCall[]
  /** Who had a seat then votes, from the second after on. */
  readonly opensAt: number
  readonly closesAt: number
  /** When it may be executed; undefined before it is queued. */
  readonly executableAt: number | undefined
  /** Until when it must be queued, or executed; undefined before the vote is won and after it is over. */
  readonly expiresAt: number | undefined
  readonly votes: { readonly for: number; readonly against: number; readonly abstain: number }
  /** For and abstaining votes that it takes. */
  readonly quorum: number
  /** Seats at the moment that fixes who votes, taken or empty. */
  readonly seats: number
}

export interface DecisionReader {
  count(): Promise<number>
  /** The newest `last`, oldest first. */
  list(last: number): Promise<readonly DecisionView[]>
  /** Fault `decision-unknown`. */
  view(number: number): Promise<DecisionView>
}

interface Written {
  readonly proposer: Hex
  readonly tx: Hex
  readonly text: string
  readonly calls: readonly ReadCall[]
}

type Parts = Pick<GovernmentHandles, 'government' | 'council'>

export function createDecisionReader(
  { government, council }: Parts,
  codec: CallCodec,
  provider: Provider,
): DecisionReader {
  const count = async (): Promise<number> => Number(await government.read('decisionCount', []))

  const proposed = (log: Found) => government.event('ProposalCreated', log)

  /** Texts and calls of proposals, found backwards from the head. Fault `decision-unwritten`. */
  async function writtenOf(proposals: ReadonlySet<bigint>): Promise<ReadonlyMap<bigint, Written>> {
    const found = new Map<bigint, Written>()
    const topics = [government.topic('ProposalCreated')]
    for (
      let head = await provider.getBlockNumber();
      head >= 0 && found.size < proposals.size;
      head -= LOG_PAGE_BLOCKS
    ) {
      const fromBlock = Math.max(0, head - LOG_PAGE_BLOCKS + 1)
      for (const log of await provider.getLogs({ address: government.address, topics, fromBlock, toBlock: head })) {
        const { proposalId, proposer, targets, values, calldatas, description } = proposed(log)
        if (!proposals.has(proposalId)) continue
        const calls = targets.map((to, i) => codec.read({ to, data: calldatas[i] ?? '0x', value: values[i] ?? 0n }))
        found.set(proposalId, { proposer, tx: log.transactionHash as Hex, text: description, calls })
      }
    }
    const missing = [...proposals].find((proposal) => !found.has(proposal))
    if (missing === undefined) return found
    throw new Fault(
      'decision-unwritten',
      `the endpoint has no text of proposal ${missing}: name one that keeps old events`,
    )
  }

  async function standingOf(proposal: bigint) {
    const [state, snapshot, deadline, eta, [against, inFavour, abstain], { executionSeconds }] = await Promise.all([
      government.read('state', [proposal]),
      government.read('proposalSnapshot', [proposal]),
      government.read('proposalDeadline', [proposal]),
      government.read('proposalEta', [proposal]),
      government.read('proposalVotes', [proposal]),
      government.read('bounds', []),
    ])
    const [quorum, seats] = await Promise.all([
      government.read('quorum', [snapshot]),
      council.read('sizeAt', [Number(snapshot)]),
    ])
    const name = PROPOSAL_STATES[state] ?? PROPOSAL_STATES[0]
    const since = name === 'succeeded' ? deadline : name === 'queued' ? eta : 0n
    return {
      state: name,
      opensAt: Number(snapshot),
      closesAt: Number(deadline),
      executableAt: eta === 0n ? undefined : Number(eta),
      expiresAt: since === 0n ? undefined : Number(since) + executionSeconds,
      votes: { for: Number(inFavour), against: Number(against), abstain: Number(abstain) },
      quorum: Number(quorum),
      seats: Number(seats),
    }
  }

  async function range(from: number, to: number): Promise<readonly DecisionView[]> {
    const numbers = Array.from({ length: to - from }, (_, i) => from + i)
    const ids = await Promise.all(
      numbers.map(async (number) => ({ number, ...(await government.read('decision', [BigInt(number)])) })),
    )
    const written = await writtenOf(new Set(ids.map(({ proposal }) => proposal)))
    return Promise.all(
      ids.map(async ({ number, proposal }) => {
        const text = written.get(proposal)
        if (!text) throw new Error('bug: the text was found')
        return { number, proposal, ...text, ...(await standingOf(proposal)) }
      }),
    )
  }

  return {
    count,
    list: async (last) => {
      const total = await count()
      return range(Math.max(0, total - last), total)
    },
    view: async (number) => {
      const total = await count()
      if (number >= total)
        throw reject('decision-unknown', `there is no decision ${number}, the newest is ${total - 1}: stkr gov list`)
      const [found] = await range(number, number + 1)
      if (!found) throw new Error('bug: the range has one')
      return found
    },
  }
}
