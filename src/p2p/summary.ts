// /stkr/summary/1: all leaves of a posted period, for joiners and for whoever verifies. Open to anybody within the rate
// limits. The leaves come unchecked: only their root on chain says whether they are the right ones.

import { ContainerType, UintNumberType } from '@chainsafe/ssz'
import type { Connection } from '@libp2p/interface'
import { SummaryType, decode } from '../core/records.ts'
import type { Leaf } from '../core/types.ts'
import type { Library } from './options.ts'
import { absent, ask, serve } from './streams.ts'
import type { Admission, Protocol, ServerDeps } from './streams.ts'

export const SummaryRequestType = new ContainerType({ period: new UintNumberType(8) })

export const SUMMARY: Protocol = {
  id: '/stkr/summary/1',
  request: { frameMaxBytes: SummaryRequestType.maxSize, totalMaxBytes: SummaryRequestType.maxSize + 16 },
  answer: { frameMaxBytes: SummaryType.maxSize, totalMaxBytes: SummaryType.maxSize + 16 },
  limitMs: 20_000,
}

const ADMISSION: Admission = { rate: { perSecond: 1, burst: 20 }, perPeerMax: 2, inAllMax: 16 }

export async function serveSummary(server: ServerDeps, library: Library): Promise<void> {
  await serve(
    SUMMARY,
    ADMISSION,
    server,
    () => true,
    async function* (bytes) {
      const { period } = decode(SummaryRequestType, bytes, 'summary request')
      const leaves = await library.summary(period)
      if (leaves === undefined) throw absent(`the summary of period ${period}`)
      yield SummaryType.serialize([...leaves])
    },
  )
}

/** Leaves of a period as the peer tells them. Faults: `absent` and the others of `ask`. */
export async function askSummary(
  connection: Connection,
  period: number,
  signal: AbortSignal,
): Promise<readonly Leaf[] | undefined> {
  for await (const frame of ask(connection, SUMMARY, SummaryRequestType.serialize({ period }), signal))
    return decode(SummaryType, frame, 'summary')
  return undefined
}
