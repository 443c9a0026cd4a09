// Where a sidecar may have signed something about a job: what is looked up in the journal after a restart.

import { RECORD_KINDS } from '../core/types.ts'
import { places } from '../round/voice.ts'
import type { Place } from '../round/voice.ts'
import { BIDS_PER_BIDDER_MAX } from './job.ts'

export const bidPlaces: readonly Place[] = places(RECORD_KINDS.bid, BIDS_PER_BIDDER_MAX)
/** Of a member, when there can be `views` proposals. */
export const memberPlaces = (views: number): readonly Place[] => [
  ...places(RECORD_KINDS.auctionStatement, 1),
  ...places(RECORD_KINDS.auctionProposal, views),
  ...places(RECORD_KINDS.auctionVote, 2),
]
