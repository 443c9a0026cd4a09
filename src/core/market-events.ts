// What happens to auctions and jobs, as events: for views, metrics and tests, never control flow.

import type { Hex } from './types.ts'

/** What happened to an auction. Never a price before the bids are open: views and event streams are read by others. */
export type MarketEvent =
  | {
      readonly type: 'job-announced'
      readonly job: number
      readonly kind: string
      readonly reserve: bigint
      readonly closeRound: number
      readonly openRound: number
      readonly pickRound: number
      /** How many may bid. */
      readonly bidders: number
    }
  | { readonly type: 'bid-placed'; readonly job: number; readonly provider: number; readonly sequence: number }
  | { readonly type: 'bid-declined'; readonly job: number; readonly code: string; readonly detail: string }
  | { readonly type: 'bids-stated'; readonly job: number; readonly seen: number }
  | {
      readonly type: 'bids-admitted'
      readonly job: number
      /** Providers, in order. */
      readonly providers: readonly number[]
      readonly onChain: number
      readonly signers: number
    }
  | {
      readonly type: 'bids-opened'
      readonly job: number
      /** `code`: why a bid is void (docs/reasons.md); undefined for valid ones. `price`: of what opened. */
      readonly bids: readonly {
        readonly provider: number
        readonly price: bigint | undefined
        readonly code: string | undefined
      }[]
    }
  | {
      readonly type: 'openings-certified'
      readonly job: number
      readonly tx: Hex | undefined
      readonly gasUsed: bigint
      readonly ours: boolean
    }
  | {
      readonly type: 'job-settled'
      readonly job: number
      readonly winner: number
      readonly price: bigint
      /** 0 for the first award; a job that was handed on is settled again with the next rank. */
      readonly rank: number
      /** The draw: who took part with which weight; empty when we could not recompute it. */
      readonly odds: readonly { readonly provider: number; readonly weight: number }[]
      readonly tx: Hex | undefined
      readonly gasUsed: bigint
      readonly ours: boolean
    }
  | { readonly type: 'job-started'; readonly job: number; readonly provider: number }
  | {
      readonly type: 'job-completed'
      readonly job: number
      readonly tx: Hex | undefined
      readonly gasUsed: bigint
      readonly ours: boolean
    }
  | {
      readonly type: 'pool-started'
      readonly sidecar: number
      readonly tx: Hex | undefined
      readonly gasUsed: bigint
      readonly ours: boolean
    }
  /** Nothing settles: the requester may take FP back or list the job again. */
  | { readonly type: 'job-unsettled'; readonly job: number; readonly code: string }
  /** Job 0 where the step is of no job. */
  | { readonly type: 'job-stuck'; readonly job: number; readonly step: string; readonly code: string }
