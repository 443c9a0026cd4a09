// Knobs of the settlement chain and of drand: where to ask.

import { address, knob, listKnob, secret, url } from './knobs.ts'
import type { Knobs } from './knobs.ts'

/** Quicknet's public relays, run by different organisations: what one of them says is verified, what all withhold is waited for. */
const QUICKNET = '52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971'
const QUICKNET_RELAYS = ['api.drand.sh', 'api2.drand.sh', 'drand.cloudflare.com'].map(
  (host) => `https://${host}/${QUICKNET}`,
)

export const CHAIN_KNOBS = {
  rpcUrls: secret(listKnob(undefined, url, 'settlement chain endpoints, tried in order', 1)),
  ledger: knob(undefined, address, 'AuditLedger contract; every other parameter is read from it'),
  drandRelays: secret(listKnob(QUICKNET_RELAYS, url, 'drand relays of the chain, raced; each is verified', 1)),
} as const satisfies Knobs
