// Periods as the settlement chain has them: polls for `Posted` and reads signers and absentees out of the transaction
// itself, so that what the devnet shows is nobody's claim. Promises each period once, in order.

import { Interface } from 'ethers'
import * as z from 'zod'
import { AuditLedgerAbi } from '../chain/abi/AuditLedger.ts'
import { findContracts } from '../chain/handles.ts'
import type { Handles } from '../chain/handles.ts'
import type { Provider } from '../chain/rpc.ts'
import { fromHex } from '../core/bytes.ts'
import { epochOf } from '../core/clock.ts'
import { Fault } from '../core/errors.ts'
import type { Hex, Schedule } from '../core/types.ts'
import type { Posting } from './progress.ts'

/** ICommittee's certificate: aggregate key, number of seats, signature, then index and key of each absentee. */
const SEATS_AT = 128
const ABSENTEES_AT = SEATS_AT + 1 + 256
const ABSENTEE_BYTES = 129

/** Seats and the indices of those that did not sign. */
export function readAbsentees(certificate: Uint8Array): { readonly seats: number; readonly absent: readonly number[] } {
  const seats = certificate[SEATS_AT]
  const rest = certificate.length - ABSENTEES_AT
  if (seats === undefined || rest < 0 || rest % ABSENTEE_BYTES !== 0)
    throw new Fault('certificate-malformed', `a posted certificate has ${certificate.length} bytes`)
  const absent = Array.from({ length: rest / ABSENTEE_BYTES }, (_, i) => certificate[ABSENTEES_AT + i * ABSENTEE_BYTES])
  return { seats, absent: absent.flatMap((index) => index ?? []) }
}

const postCall = z.tuple([z.bigint(), z.bigint(), z.string(), z.string(), z.string()])
const coder = new Interface(JSON.stringify(AuditLedgerAbi))

export interface PostingWatch {
  /** New ones since the last call. Faults: `rpc-unreachable`. */
  poll(): Promise<readonly Posting[]>
}

export async function watchPostings(ledger: Hex, schedule: Schedule, provider: Provider): Promise<PostingWatch> {
  const handles = await findContracts(provider, ledger)
  let next = 0
  return {
    poll: async () => {
      const head = await provider.getBlockNumber()
      if (head < next) return []
      const topics = [handles.ledger.topic('Posted')]
      const logs = await provider.getLogs({ address: ledger, topics, fromBlock: next, toBlock: head })
      next = head + 1
      return Promise.all(logs.map((log) => readPosting(handles, schedule, provider, log)))
    },
  }
}

async function readPosting(
  { ledger, sidecars }: Handles,
  schedule: Schedule,
  provider: Provider,
  log: { readonly transactionHash: string; readonly topics: readonly string[]; readonly data: string },
): Promise<Posting> {
  const [transaction, receipt] = await Promise.all([
    provider.getTransaction(log.transactionHash),
    provider.getTransactionReceipt(log.transactionHash),
  ])
  if (!transaction || !receipt) throw new Fault('posting-not-found', 'the chain has the event but not its transaction')
  const { period, root, poster } = ledger.event('Posted', { topics: log.topics, data: log.data })
  const [, , , , certificate] = postCall.parse([...coder.decodeFunctionData('post', transaction.data)])
  const { seats, absent } = readAbsentees(fromHex(certificate))
  const epoch = BigInt(epochOf(schedule, Number(period)))
  // In a network this small everybody has a seat, and seat i is slot i.
  const ids = await Promise.all(absent.map((slot) => sidecars.read('sidecarAt', [epoch, slot])))
  const by = await sidecars.read('idOfSigner', [poster])
  return {
    period: Number(period),
    root,
    tx: log.transactionHash as Hex,
    gasUsed: Number(receipt.gasUsed),
    signers: seats - absent.length,
    absent: ids,
    by: by === 0 ? undefined : by,
  }
}
