// Transactions that must arrive. Each is an intent with a name; it is signed and written down before it is sent, so a
// process killed at any instruction finds it again and finishes it, once. It promises one nonce order for its sender,
// replacement with higher fees when a transaction is stuck, and an outcome for everything: mined, refused by name, or
// given up because the intent became pointless (the nonce is then freed by an empty transaction). It does not know what
// the intents mean, and only one outbox may send for one key.

import type { TransactionReceipt } from 'ethers'
import { Fault } from '../core/errors.ts'
import type { Clock, Log } from '../core/ports.ts'
import type { Hex } from '../core/types.ts'
import { broadcast } from './broadcast.ts'
import { outbid, quoteFees } from './fees.ts'
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
  /** Clock time of the newest attempt. */
  signedAt: number
  /** The newest attempt has not reached the chain yet. */
  unheard: boolean
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

  /** One at a time: a nonce is taken, written down and used before the next one is looked at. */
  function inOrder<T>(task: () => Promise<T>): Promise<T> {
    const run = tail.then(task, task)
    tail = run.catch(() => undefined)
    return run
  }

  function track(key: string, entry: Entry, obsolete: Intent['obsolete']): Live {
    const outcome = Promise.withResolvers<Outcome>()
    const live = { key, entry, obsolete, signedAt: clock.now(), unheard: true, missing: 0, outcome }
    lives.set(key, live)
    return live
  }

  async function settle(live: Live, outcome: Outcome): Promise<void> {
    await pending.remove(live.key)
    lives.delete(live.key)
    live.outcome.resolve(outcome)
  }

  async function send(live: Live): Promise<void> {
    const sending = await broadcast(provider, newestAttempt(live.entry).raw)
    live.unheard = sending.type === 'unheard'
    if (sending.type === 'sent') return
    const { code, data } = sending.fault
    log.debug('transaction not taken', { intent: live.key, code, ...data })
    // An earlier attempt may still be mined; only what never reached the chain is over.
    if (sending.type === 'refused' && live.entry.attempts.length === 1) await settle(live, sending)
  }

  async function nextNonce(): Promise<number> {
    const onChain = await provider.getTransactionCount(sender.address, 'pending')
    return Math.max(onChain, ...[...lives.values()].map(({ entry }) => entry.nonce + 1))
  }

  async function prepare(intent: Intent): Promise<Live> {
    const { key, to, data, value } = intent
    const gas = await estimateGas(provider, sender.address, intent, options.gasCeiling)
    const fees = await quoteFees(provider, options.feeCeiling)
    const blank: Entry = {
      nonce: await nextNonce(),
      ...(to && { to }),
      data,
      ...(value && { value }),
      gas,
      attempts: [],
    }
    const entry = sender.sign(blank, fees)
    await pending.put(key, encodeEntry(entry))
    const live = track(key, entry, intent.obsolete)
    await send(live)
    schedule()
    return live
  }

  async function run(intent: Intent): Promise<TransactionReceipt> {
    for (let attempt = 1; ; attempt++) {
      const known = lives.get(intent.key)
      if (known) known.obsolete ??= intent.obsolete
      const live = known ?? (await inOrder(() => prepare(intent)))
      const outcome = await live.outcome.promise
      if ('receipt' in outcome) return outcome.receipt
      if (outcome.fault.code !== 'tx-nonce-taken' || attempt === NONCE_TRIES) throw outcome.fault
    }
  }

  async function replace(live: Live, givenUp?: string): Promise<void> {
    const previous = newestAttempt(live.entry)
    const market = await quoteFees(provider, options.feeCeiling)
    const fees = outbid(previous, market, options.feeCeiling)
    live.signedAt = clock.now()
    if (!fees) {
      log.warn('transaction waits: fees are above the ceiling', { intent: live.key, max: previous.max })
      return send(live)
    }
    live.entry = sender.sign(live.entry, fees, givenUp)
    await pending.put(live.key, encodeEntry(live.entry))
    log.info('transaction replaced', { intent: live.key, nonce: live.entry.nonce, max: fees.max, givenUp })
    await send(live)
  }

  async function checkUnmined(live: Live): Promise<void> {
    live.missing = 0
    const { givenUp } = newestAttempt(live.entry)
    const why = givenUp ?? (await live.obsolete?.())
    const overdue = clock.now() - live.signedAt >= options.replaceAfterMs
    if (overdue || (why !== undefined && givenUp === undefined)) await replace(live, why)
    else if (live.unheard) await send(live)
  }

  async function checkMined(live: Live, head: number): Promise<void> {
    const mined = await findMined(provider, live.entry)
    live.missing = mined ? 0 : live.missing + 1
    if (mined) {
      if (head - mined.receipt.blockNumber + 1 < options.confirmations) return
      await settle(live, await judge(provider, sender.address, live.key, live.entry, mined))
    } else if (live.missing >= MISSING_MAX) {
      const { nonce } = live.entry
      await settle(live, {
        fault: new Fault('tx-nonce-taken', `nonce ${nonce} of ${live.key} was used by a transaction that is not ours`, {
          data: { intent: live.key, nonce },
        }),
      })
    }
  }

  async function tick(): Promise<void> {
    const used = await provider.getTransactionCount(sender.address, 'latest')
    const head = await provider.getBlockNumber()
    for (const live of [...lives.values()].sort((a, b) => a.entry.nonce - b.entry.nonce))
      await (live.entry.nonce < used ? checkMined(live, head) : checkUnmined(live))
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
