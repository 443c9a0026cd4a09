// One p2p host in a process of its own, for tests that put hosts into network namespaces: answers questions that come as JSON
// lines, one answer a line. It is a member of a roster of its kind and answers every probe.
//   node test/support/nat-host.ts '{"seed":1,"members":[1,2,3],"listen":["/ip4/…"],…}'

import { createInterface } from 'node:readline'
import { fromHex, toHex } from '../../src/core/bytes.ts'
import type { ReachOptions } from '../../src/p2p/options.ts'
import { PROBE_REQUEST, answerTo, openHost, peerKeyOfSeed } from './p2p.ts'

export interface NatHost {
  readonly seed: number
  /** Seeds of the roster. */
  readonly members: readonly number[]
  readonly listen: readonly string[]
  readonly announce: readonly string[]
  readonly bootstrap: readonly string[]
  readonly reach: ReachOptions
}
/** `probe`: peer key in hex. `dial`: an address. */
export type Question = { readonly probe: string } | { readonly dial: string } | 'status'

const LIMIT_MS = 20_000

const { seed, members, ...options } = JSON.parse(process.argv[2] ?? '{}') as NatHost
const host = await openHost(
  seed,
  { onProbe: async (asked) => answerTo(asked), members: () => members.map(peerKeyOfSeed) },
  { ...options, local: false },
)
const say = (what: unknown): void => console.log(JSON.stringify(what))

async function reply(question: Question): Promise<unknown> {
  if (question === 'status')
    return {
      ...host.status().reach,
      addresses: host.addresses(),
      peerKey: toHex(host.peerKey),
      peers: host.status().peers,
    }
  if ('dial' in question)
    return host.connect(question.dial).then(
      () => 'dialled',
      () => 'not dialled',
    )
  const member = {
    id: 1,
    slot: 0,
    signer: '0x00',
    peerKey: fromHex(`0x${question.probe.slice(2)}`),
    blsKey: new Uint8Array(48),
  } as const
  const found = await host.prober.probe(member, PROBE_REQUEST, {
    fresh: true,
    signal: AbortSignal.timeout(LIMIT_MS),
  })
  return found.ok ? 'up' : found.reason
}

say('ready')
for await (const line of createInterface({ input: process.stdin })) say(await reply(JSON.parse(line) as Question))
await host.stop()
