// The government of a local network: invited governors take their seats with accounts everybody knows, and decide. Promises
// that a decision is proposed, voted on by all, queued and executed as on any network, only sooner. A vote that came too
// late on a loaded machine is held again.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Call } from '../chain/contracts.ts'
import { executeCall, findGovernment, proposalOf, proposeCall, queueCall, voteCall } from '../chain/government.ts'
import type { Decision, GovernmentHandles } from '../chain/government.ts'
import type { Outbox } from '../chain/outbox.ts'
import type { Provider } from '../chain/rpc.ts'
import { Fault } from '../core/errors.ts'
import type { Hex } from '../core/types.ts'
import { GOVERNOR_STAKE } from './terms.ts'

/** Anvil's second to fourth development accounts: known to everybody, for local chains alone. */
export const GOVERNOR_KEYS: readonly Hex[] = [
  '0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d',
  '0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a',
  '0x7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6',
]

export interface GovernorDeps {
  readonly provider: Provider
  /** One for each invited governor, funded. */
  readonly governors: readonly Outbox[]
}

export interface LocalGovernment {
  /** In the order of their seats. */
  readonly governors: readonly Hex[]
  /** The first of them stands for the next election, so that votes may be for somebody; its address. */
  stand(): Promise<Hex>
  readonly handles: GovernmentHandles
  /**
   * Resolves when the calls were executed, in their order; not before `ready`, which what they need may take.
   * Fault `devnet-undecided`.
   */
  decide(text: string, calls: readonly Call[], ready?: Promise<unknown>): Promise<void>
}

const CALLS_MOST = 32
const TRIES = 3
const LOOK_MS = 50

async function reach(provider: Provider, second: number): Promise<void> {
  while (((await provider.getBlock('latest'))?.timestamp ?? 0) < second) await sleep(LOOK_MS)
}

async function takeSeat({ council, token }: GovernmentHandles, outbox: Outbox): Promise<void> {
  await outbox.submit({ key: 'approve', ...token.call('approve', [council.address, GOVERNOR_STAKE]) })
  await outbox.submit({ key: 'deposit', ...council.call('deposit', [GOVERNOR_STAKE]) })
  await outbox.submit({ key: 'seat', ...council.call('acceptSeat', []) })
}

interface Motion {
  readonly decision: Decision
  readonly proposer: Outbox
  readonly ready: Promise<unknown> | undefined
}

/** One decision through all of its stages; false when the vote failed. */
async function pass(
  handles: GovernmentHandles,
  { decision, proposer, ready }: Motion,
  { provider, governors }: GovernorDeps,
): Promise<boolean> {
  const { government } = handles
  await proposer.submit({ key: 'propose', ...proposeCall(handles, decision) })
  const proposal = await proposalOf(handles, decision)
  const [snapshot, deadline] = await Promise.all([
    government.read('proposalSnapshot', [proposal]),
    government.read('proposalDeadline', [proposal]),
  ])
  await reach(provider, Number(snapshot) + 1)
  const vote = (outbox: Outbox) =>
    outbox.submit({ key: `vote:${proposal}`, ...voteCall(handles, proposal, 'for') }).catch(() => undefined)
  await Promise.all(governors.map(vote))
  await reach(provider, Number(deadline) + 1)
  try {
    await proposer.submit({ key: 'queue', ...queueCall(handles, decision) })
  } catch (error) {
    if (error instanceof Fault && error.code.startsWith('revert-')) return false
    throw error
  }
  await reach(provider, Number(await government.read('proposalEta', [proposal])))
  await ready
  await proposer.submit({ key: 'execute', ...executeCall(handles, decision) })
  return true
}

/** Seats all governors. */
export async function openGovernment(address: Hex, deps: GovernorDeps): Promise<LocalGovernment> {
  const handles = await findGovernment(deps.provider, address)
  await Promise.all(deps.governors.map((outbox) => takeSeat(handles, outbox)))

  async function decideOne({ decision: { calls, text }, proposer, ready }: Motion): Promise<void> {
    // A seat counts from the second after it was taken.
    await reach(deps.provider, ((await deps.provider.getBlock('latest'))?.timestamp ?? 0) + 1)
    for (let attempt = 1; attempt <= TRIES; attempt++) {
      const decision = { calls, text: attempt === 1 ? text : `${text} (vote ${attempt})` }
      if (await pass(handles, { decision, proposer, ready }, deps)) return
    }
    throw new Fault('devnet-undecided', `the governors did not decide in ${TRIES} votes: ${text}`)
  }

  const governors = deps.governors.map(({ sender }) => sender)
  let turn = 0
  return {
    handles,
    governors,
    stand: async () => {
      const [first] = deps.governors
      if (!first) throw new Error('bug: there is a governor')
      await first.submit({ key: 'stand', ...handles.council.call('stand', []) })
      return first.sender
    },
    decide: async (text, calls, ready) => {
      const parts = Array.from({ length: Math.ceil(calls.length / CALLS_MOST) }, (_, i) =>
        calls.slice(i * CALLS_MOST, (i + 1) * CALLS_MOST),
      )
      // One open proposal for each governor: they take turns, so that decisions need not wait for each other.
      await Promise.all(
        parts.map((part, i) => {
          const proposer = deps.governors[turn++ % deps.governors.length]
          if (!proposer) throw new Error('bug: there is a governor')
          const decision = { calls: part, text: parts.length === 1 ? text : `${text}, part ${i + 1}` }
          return decideOne({ decision, proposer, ready })
        }),
      )
    },
  }
}
