// /stkr/dialback/1: "can you reach me there?" A peer dials the asker anew, at one of the addresses that the asker tells
// others, and says whether it came through: what no sidecar can find out about itself. It dials only the IP address that
// the question came from, so that nobody can make it knock on other doors; rarely, and few at a time.

import { ByteListType, ContainerType } from '@chainsafe/ssz'
import type { Connection } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import type { Multiaddr } from '@multiformats/multiaddr'
import { utf8ToBytes } from '../core/bytes.ts'
import { Fault, reject } from '../core/errors.ts'
import { decode } from '../core/records.ts'
import type { Node } from './node.ts'
import { ask, refused, serve } from './streams.ts'
import type { Admission, Protocol, ServerDeps } from './streams.ts'

const ADDRESS_MAX_BYTES = 128
const DIAL_MS = 8_000
/** Peers that are asked, each about every address. */
const ASKED_MAX = 3
const ADDRESSES_MAX = 4

export const DialBackRequestType = new ContainerType({ address: new ByteListType(ADDRESS_MAX_BYTES) })

export const DIAL_BACK: Protocol = {
  id: '/stkr/dialback/1',
  request: { frameMaxBytes: DialBackRequestType.maxSize, totalMaxBytes: DialBackRequestType.maxSize + 16 },
  answer: { frameMaxBytes: 1, totalMaxBytes: 16 },
  limitMs: 10_000,
}

const ADMISSION: Admission = { rate: { perSecond: 0.1, burst: 8 }, perPeerMax: 2, inAllMax: 4 }

const ipOf = (address: Multiaddr): string | undefined => /^\/ip[46]\/([^/]+)\//.exec(address.toString())?.[1]

/** The address to dial, when it is the asker's own. Faults: `bad-address`, `refused`. */
export function dialable(text: string, asker: Multiaddr): Multiaddr {
  let address: Multiaddr
  try {
    address = multiaddr(text)
  } catch {
    throw reject('bad-address', 'the address to dial is no multiaddr')
  }
  if (!/^\/ip[46]\/[^/]+\/tcp\/\d+(?:\/wss?)?(?:\/p2p\/[^/]+)?$/.test(text) || ipOf(address) !== ipOf(asker))
    throw refused('only an address with the IP that the question came from is dialled')
  return address
}

export async function serveDialBack(server: ServerDeps & { readonly node: Node }): Promise<void> {
  const { node } = server
  await serve(
    DIAL_BACK,
    ADMISSION,
    server,
    () => true,
    async function* (bytes, connection, signal) {
      const { address } = decode(DialBackRequestType, bytes, 'dial-back request')
      const target = dialable(new TextDecoder().decode(address), connection.remoteAddr)
      yield Uint8Array.of((await dials(node, target, connection, signal)) ? 1 : 0)
    },
  )
}

/** A connection made now, to the very peer that asked, and closed again. */
async function dials(node: Node, target: Multiaddr, { remotePeer }: Connection, signal: AbortSignal): Promise<boolean> {
  const bare = target.toString().replace(/\/p2p\/[^/]+$/, '')
  try {
    const made = await node.dial(multiaddr(`${bare}/p2p/${remotePeer.toString()}`), {
      force: true,
      signal: AbortSignal.any([signal, AbortSignal.timeout(DIAL_MS)]),
    })
    await made.close({ signal: AbortSignal.timeout(1_000) }).catch((error: Error) => {
      made.abort(error)
    })
    return true
  } catch {
    return false
  }
}

/** What one peer found of one of our addresses; `code` when it would not or could not try. */
export interface DialBack {
  readonly peerId: string
  readonly address: string
  readonly reached: boolean
  readonly code: string | undefined
}

async function askOne(connection: Connection, address: string, signal: AbortSignal): Promise<DialBack> {
  const found = { peerId: connection.remotePeer.toString(), address }
  try {
    const request = DialBackRequestType.serialize({ address: utf8ToBytes(address) })
    for await (const [flag] of ask(connection, DIAL_BACK, request, signal))
      return { ...found, reached: flag === 1, code: undefined }
    return { ...found, reached: false, code: 'garbled' }
  } catch (error) {
    return { ...found, reached: false, code: error instanceof Fault ? error.code : 'failed' }
  }
}

/** Asks a few connected peers to dial our addresses. Empty when nobody is connected. */
export async function dialBack(node: Node, signal: AbortSignal): Promise<readonly DialBack[]> {
  const addresses = node.getMultiaddrs().map(String).slice(0, ADDRESSES_MAX)
  const connections = new Map<string, Connection>()
  for (const connection of node.getConnections())
    if (connection.status === 'open') connections.set(connection.remotePeer.toString(), connection)
  const asked = [...connections.values()].slice(0, ASKED_MAX)
  return Promise.all(asked.flatMap((connection) => addresses.map((address) => askOne(connection, address, signal))))
}
