// Transactions that must arrive. Each is an intent with a name; it is signed and written down before it is sent, so a
// process killed at any instruction finds it again and finishes it, once. It promises one nonce order for its sender,
// replacement with higher fees when a transaction is stuck, another nonce when somebody else used its own, an end to gaps
// before its nonces, and an outcome for everything: mined, refused by name, or given up because the intent became pointless
// (the nonce is then freed by an empty transaction). It does not know what the intents mean, and only one outbox may send
// for one key; what another program does with the key is repaired, never relied on.

import type { TransactionReceipt } from 'ethers'
import { Fault, codeOf } from '../core/errors.ts'
import type { Clock, Log } from '../core/ports.ts'
import type { Hex } from '../core/types.ts'
import { broadcast } from './broadcast.ts'
import { outbid, quoteFees } from './fees.ts'
import { createGapWatch } from './nonces.ts'
import { createSender, decodeEntry, encodeEntry, newestAttempt } from './outbox-entry.ts'
import type { Entry } from './outbox-entry.ts'
import { estimateGas, findMined, judge } from './execution.ts'
import type { Outcome } from './execution.ts'
import type { Pending } from './pending.ts'
import type { Provider } from './rpc.ts'

export interface OutboxOptions {
  /** secp256k1 secret of the sender, 32 bytes. */
  readonly senderKey: Uint8Array
  /** Blocks on top, counting its own, before a transaction counts as mined; 1 on a local chain. */
  readonly confirmations: number
  /** How often the chain is asked while something is pending. */
  readonly pollMs: number
  /** How long a transaction may wait before it is replaced with higher fees. */
  readonly replaceAfterMs: number
  /** Wei per gas that are never exceeded. */
  readonly feeCeiling: bigint
  /** Gas of one transaction that is never exceeded; absent: what the chain allows. */
  readonly gasCeiling?: bigint
}

export interface OutboxDeps {
  readonly provider: Provider
  readonly pending: Pending
  readonly clock: Clock
  readonly log: Log
}

export interface Intent {
  /** Name: a second intent of the same name joins the first. */
  readonly key: string
  /** Undefined creates a contract. */
  readonly to?: Hex
  readonly data: Hex
  /** Wei sent along. */
  readonly value?: bigint
  /** Asked while unmined: a code as soon as mining it would be pointless. */
  readonly obsolete?: () => Promise<string | undefined>
}

/** One transaction that is not mined yet. */
export interface PendingTransaction {
  readonly name: string
  readonly nonce: number
  /** How often it was signed for this nonce, each time with higher fees. */
  readonly attempts: number
  /** Wei per gas that the newest attempt offers at most. */
  readonly maxFee: bigint
  /** Why it waits; undefined while the chain has it: `tx-fee-ceiling`, `tx-priced-out`, `chain-unfunded`, `rpc-…`. */
  readonly code: string | undefined
}

export interface Outbox {
  /** Address transactions come from. */
  readonly sender: Hex
  /** Takes up what an earlier process left. Faults: `outbox-corrupt`. */
  start(): Promise<void>
  /**
   * Resolves with the receipt once mined and confirmed. Faults: `revert-…` (the contract's reason, before sending or
   * when mined), `tx-gas-ceiling`, `tx-refused`, `chain-unfunded`, `tx-given-up` (data.why), `tx-nonce-taken`,
   * `outbox-stopped` (it stays written down).
   */
  submit(intent: Intent): Promise<TransactionReceipt>
  /** Names of what is unfinished. */
  unfinished(): readonly string[]
  /** The same with how they stand, in the order of their nonces. */
  transactions(): readonly PendingTransaction[]
  stop(): Promise<void>
}

/** Receipts may come from an endpoint a few blocks behind the one that told the nonce. */
const MISSING_MAX = 5
/** How often an intent is signed anew after somebody else used its nonce. */
const NONCE_TRIES = 3

interface Live {
  readonly key: string
  entry: Entry
  obsolete: Intent['obsolete']
  /** Clock time since which the newest attempt could have been mined. */
  since: number
  /** The newest attempt is not known to be with the chain. */
  unheard: boolean
  /** Some attempt was taken by an endpoint: it may be mined at any time. */
  taken: boolean
  /** Why it waits. */
  code: string | undefined
  /** How often it was signed anew for another nonce. */
  renewed: number
  /** How often in a row the nonce was used and no receipt was found. */
  missing: number
  readonly outcome: PromiseWithResolvers<Outcome>
}

export function createOutbox(options: OutboxOptions, deps: OutboxDeps): Outbox {
  const { provider, pending, clock, log } = deps
  const sender = createSender(options.senderKey, provider.chainId)
  const lives = new Map<string, Live>()
  const submissions = new Map<string, Promise<TransactionReceipt>>()
  let tail: Promise<unknown> = Promise.resolve()
  let ticking: Promise<void> = Promise.resolve()
  let cancelTick: (() => void) | undefined
  let stopped = false
  const gapWatch = createGapWatch(MISSING_MAX)

  /** One at a time: a nonce is taken, written down and used before the next one is looked at. */
  function inOrder<T>(task: () => Promise<T>): Promise<T> {
    const run = tail.then(task, task)
    tail = run.catch(() => undefined)
    return run
  }

  function track(key: string, entry: Entry, obsolete: Intent['obsolete']): Live {
    const outcome = Promise.withResolvers<Outcome>()
    const fresh = { since: clock.now(), unheard: true, taken: false, code: undefined, renewed: 0, missing: 0 }
    const live: Live = { key, entry, obsolete, ...fresh, outcome }
    lives.set(key, live)
    return live
  }

  async function settle(live: Live, outcome: Outcome): Promise<void> {
    await pending.remove(live.key)
    lives.delete(live.key)
    live.outcome.resolve(outcome)
  }

  /** `first`: nothing of this entry was ever sent, and no later nonce counts on its own. */
  async function send(live: Live, first = false): Promise<void> {
    const attempt = newestAttempt(live.entry)
    const sending = await broadcast(provider, attempt.raw)
    live.unheard = sending.type !== 'sent'
    if (sending.type === 'sent') {
      live.taken = true
      if (live.code !== 'tx-fee-ceiling') live.code = undefined
      return
    }
    const { code, data } = sending.fault
    const atCeiling = code === 'tx-priced-out' && !outbid(attempt, attempt, options.feeCeiling)
    live.code = atCeiling ? 'tx-fee-ceiling' : code
    log.debug('transaction not taken', { intent: live.key, code, ...data })
    if (first && sending.type === 'refused') await settle(live, sending)
  }

  async function nextNonce(): Promise<number> {
    const onChain = await provider.getTransactionCount(sender.address, 'pending')
    return Math.max(onChain, ...[...lives.values()].map(({ entry }) => entry.nonce + 1))
  }

  async function sign(intent: Omit<Intent, 'obsolete'>): Promise<Entry> {
    const { key, to, data, value } = intent
    const gas = await estimateGas(provider, sender.address, intent, options.gasCeiling)
    const fees = await quoteFees(provider, options.feeCeiling)
    const blank = { nonce: await nextNonce(), ...(to && { to }), data, ...(value && { value }), gas, attempts: [] }
    const entry = sender.sign(blank, fees)
    await pending.put(key, encodeEntry(entry))
    return entry
  }

  async function prepare(intent: Intent): Promise<Live> {
    const live = track(intent.key, await sign(intent), intent.obsolete)
    await send(live, true)
    schedule()
    return live
  }

  async function run(intent: Intent): Promise<TransactionReceipt> {
    const known = lives.get(intent.key)
    if (known) known.obsolete ??= intent.obsolete
    const live = known ?? (await inOrder(() => prepare(intent)))
    const outcome = await live.outcome.promise
    if ('receipt' in outcome) return outcome.receipt
    throw outcome.fault
  }

  async function replace(live: Live, givenUp?: string): Promise<void> {
    const previous = newestAttempt(live.entry)
    const market = await quoteFees(provider, options.feeCeiling)
    const fees = outbid(previous, market, options.feeCeiling)
    live.since = clock.now()
    if (!fees) {
      if (live.code !== 'tx-fee-ceiling')
        log.warn('transaction waits: fees are above the ceiling', {
          code: 'tx-fee-ceiling',
          intent: live.key,
          max: previous.max,
        })
      live.code = 'tx-fee-ceiling'
      return send(live)
    }
    live.entry = sender.sign(live.entry, fees, givenUp)
    live.code = undefined
    await pending.put(live.key, encodeEntry(live.entry))
    log.info('transaction replaced', { intent: live.key, nonce: live.entry.nonce, max: fees.max, givenUp })
    await send(live)
  }

  /** What no endpoint ever took and the chain will not have holds up everything behind it: its nonce is used up. */
  const unwanted = ({ taken, code }: Live): string | undefined => (!taken && code === 'tx-refused' ? code : undefined)

  /** `inLine`: transactions before it are not mined, so that it cannot be, whatever it pays. */
  async function checkUnmined(live: Live, inLine: boolean, heard: number): Promise<void> {
    live.missing = 0
    if (inLine) live.since = clock.now()
    // An endpoint may forget what it took: after a restart, or when better paid ones came.
    if (live.entry.nonce >= heard) live.unheard = true
    const { givenUp } = newestAttempt(live.entry)
    const why = givenUp ?? unwanted(live) ?? (await live.obsolete?.())
    const overdue = clock.now() - live.since >= options.replaceAfterMs
    if (overdue || (why !== undefined && givenUp === undefined)) await replace(live, why)
    else if (live.unheard) await send(live)
  }

  /** The nonce is gone, the intent is not: the same once more, with a nonce of its own. */
  async function renew(live: Live): Promise<void> {
    const { nonce } = live.entry
    const data = { intent: live.key, nonce }
    const why = newestAttempt(live.entry).givenUp ?? (await live.obsolete?.())
    if (why !== undefined)
      return settle(live, { fault: new Fault('tx-given-up', `${live.key} was given up`, { data: { ...data, why } }) })
    const told = `nonce ${nonce} of ${live.key} was used by a transaction that is not ours`
    const taken = new Fault('tx-nonce-taken', told, { data })
    if (live.renewed + 1 >= NONCE_TRIES) return settle(live, { fault: taken })
    try {
      live.entry = await sign({ ...live.entry, key: live.key })
    } catch (error) {
      const code = codeOf(error)
      if (!(error instanceof Fault && (code.startsWith('revert-') || code === 'tx-gas-ceiling'))) throw error
      return settle(live, { fault: error })
    }
    log.warn('a nonce was used by a transaction that is not ours: signed anew', { code: taken.code, ...data })
    const since = clock.now()
    Object.assign(live, { since, missing: 0, taken: false, code: undefined, renewed: live.renewed + 1 })
    await send(live)
  }

  async function checkMined(live: Live, head: number): Promise<void> {
    const mined = await findMined(provider, live.entry)
    live.missing = mined ? 0 : live.missing + 1
    if (mined) {
      if (head - mined.receipt.blockNumber + 1 < options.confirmations) return
      return settle(live, await judge(provider, sender.address, live.key, live.entry, mined))
    }
    if (live.missing < MISSING_MAX) return
    // A reorganisation could give the nonce back to what we sent: only a confirmed use is one.
    const confirmed = Math.max(0, head - options.confirmations + 1)
    if ((await provider.getTransactionCount(sender.address, confirmed)) > live.entry.nonce)
      await inOrder(() => renew(live))
  }

  async function fillGap(nonce: number): Promise<void> {
    log.warn('nobody uses a nonce before ours: an empty transaction does', { code: 'tx-nonce-gap', nonce })
    const fees = await quoteFees(provider, options.feeCeiling)
    const blank: Entry = { nonce, to: sender.address, data: '0x', gas: 0n, attempts: [] }
    const entry = sender.sign(blank, fees, 'tx-nonce-gap')
    const key = `nonce:${nonce}`
    await pending.put(key, encodeEntry(entry))
    await send(track(key, entry, undefined))
  }

  async function tick(): Promise<void> {
    const used = await provider.getTransactionCount(sender.address, 'latest')
    const heard = await provider.getTransactionCount(sender.address, 'pending')
    const head = await provider.getBlockNumber()
    const inOrderOfNonce = [...lives.values()].sort((a, b) => a.entry.nonce - b.entry.nonce)
    const first = inOrderOfNonce.find(({ entry }) => entry.nonce >= used)
    for (const live of inOrderOfNonce)
      await (live.entry.nonce < used ? checkMined(live, head) : checkUnmined(live, live !== first, heard))
    const gap = gapWatch(first?.entry.nonce, used, heard)
    if (gap !== undefined) await inOrder(() => fillGap(gap))
  }

  function schedule(): void {
    if (stopped || cancelTick || lives.size === 0) return
    cancelTick = clock.at(clock.now() + options.pollMs, () => {
      ticking = tick()
        .catch((error: unknown) => {
          log.debug('outbox could not look at the chain', { error: String(error) })
        })
        .then(() => {
          cancelTick = undefined
          schedule()
        })
    })
  }

  return {
    sender: sender.address,
    start: async () => {
      for (const [key, bytes] of await pending.all()) {
        const live = track(key, decodeEntry(key, bytes, sender.address), undefined)
        log.info('unfinished transaction taken up', { intent: key, nonce: live.entry.nonce })
      }
      schedule()
    },
    submit: (intent) => {
      if (stopped) return Promise.reject(stoppedFault(intent.key))
      const joined = submissions.get(intent.key)
      if (joined) return joined
      const submission = run(intent).finally(() => submissions.delete(intent.key))
      submissions.set(intent.key, submission)
      return submission
    },
    unfinished: () => [...lives.keys()],
    transactions: () =>
      [...lives.values()]
        .map((live) => ({
          name: live.key,
          nonce: live.entry.nonce,
          attempts: live.entry.attempts.length,
          maxFee: newestAttempt(live.entry).max,
          code: live.code,
        }))
        .sort((a, b) => a.nonce - b.nonce),
    stop: async () => {
      stopped = true
      cancelTick?.()
      await tail
      await ticking
      for (const live of lives.values()) live.outcome.resolve({ fault: stoppedFault(live.key) })
    },
  }
}

const stoppedFault = (key: string): Fault =>
  new Fault('outbox-stopped', `${key} is written down and continues at the next start`, { data: { intent: key } })
