// A plain js-libp2p client: tcp, noise, yamux, identify and ping, and nothing of ours. It plays the stranger that verifies
// and, with raw streams and hand-made gossip frames, the attacker.

import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { RPC } from '@libp2p/gossipsub/message'
import { identify } from '@libp2p/identify'
import type { Stream } from '@libp2p/interface'
import { kadDHT, passthroughMapper } from '@libp2p/kad-dht'
import type { SingleKadDHT } from '@libp2p/kad-dht'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { multiaddr } from '@multiformats/multiaddr'
import { encode } from 'it-length-prefixed'
import { createLibp2p } from 'libp2p'
import { readChunks } from '../../src/p2p/frames.ts'
import { until } from './p2p.ts'

export const openStranger = () =>
  createLibp2p({
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    // The default connection monitor pings by itself and would answer questions nobody asked here.
    connectionMonitor: { enabled: false },
    services: { identify: identify(), ping: ping() },
  })

/** One that also speaks the network's DHT, as a client. */
export const openDhtStranger = (network: string) =>
  createLibp2p({
    // A provider without an address is not worth recording.
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionMonitor: { enabled: false },
    services: {
      identify: identify(),
      ping: ping(),
      dht: (components: Parameters<ReturnType<typeof kadDHT>>[0]) =>
        kadDHT({
          protocol: `/stkr/${network}/kad/1.0.0`,
          clientMode: true,
          peerInfoMapper: passthroughMapper,
          allowQueryWithZeroPeers: true,
        })(components) as SingleKadDHT,
    },
  })

export type Stranger = Awaited<ReturnType<typeof openStranger>>

export const connected = (stranger: Stranger): boolean =>
  stranger.getConnections().some(({ status }) => status === 'open')

/** All bytes until the other side ends or resets; `reset` says which. */
export async function drain(stream: Stream): Promise<{ readonly bytes: Uint8Array; readonly reset: boolean }> {
  const chunks: Uint8Array[] = []
  try {
    for await (const chunk of readChunks(stream, 1_000_000)) chunks.push(chunk.slice())
    return { bytes: Buffer.concat(chunks), reset: stream.status === 'reset' || stream.status === 'aborted' }
  } catch {
    return { bytes: Buffer.concat(chunks), reset: true }
  }
}

/** A stranger that says it speaks gossipsub, and whatever frames it is told to. */
export async function openGossiper(address: string) {
  const stranger = await openStranger()
  // Registered, so that identify names it: only then does the host open its own stream to us.
  await stranger.handle('/meshsub/1.1.0', (stream) => {
    stream.addEventListener('message', () => undefined)
  })
  const connection = await stranger.dial(multiaddr(address))
  const stream = await connection.newStream('/meshsub/1.1.0')
  const raw = (bytes: Uint8Array): void => {
    if (stream.status === 'open') stream.send(bytes)
  }
  return {
    stranger,
    stop: () => stranger.stop(),
    raw,
    frame: (bytes: Uint8Array) => raw(encode.single(bytes).subarray()),
    say: (topic: string, ...messages: readonly Uint8Array[]) =>
      raw(
        encode
          .single(RPC.encode({ subscriptions: [], messages: messages.map((data) => ({ topic, data })) }))
          .subarray(),
      ),
    subscribe: (topic: string) =>
      raw(encode.single(RPC.encode({ subscriptions: [{ subscribe: true, topic }], messages: [] })).subarray()),
    connected: () => connected(stranger),
    cutOff: (what: string) =>
      until(
        () => !connected(stranger),
        () => `${what} did not cost the connection`,
      ),
  }
}
