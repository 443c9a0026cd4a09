// Dial-back over real sockets: what others can reach is said to be reached, what they cannot is not, and nobody dials for
// somebody else.

import { multiaddr } from '@multiformats/multiaddr'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { codeOf } from '../../src/core/errors.ts'
import { dialable } from '../../src/p2p/dialback.ts'
import { closers, openHost } from '../support/p2p.ts'

const dialback = suite('dial-back')
const LIMIT_MS = 20_000

/** What one peer says of a host that announces `announce`. */
async function asked(seed: number, announce: readonly string[]) {
  const { add, close } = closers()
  try {
    const peer = add(await openHost(seed))
    const host = add(await openHost(seed + 1, {}, { announce }))
    await host.connect(peer.addresses()[0] ?? '')
    return await host.dialBack(AbortSignal.timeout(LIMIT_MS))
  } finally {
    await close()
  }
}

dialback('an address that is listened on is reached', async () => {
  const found = await asked(1, [])
  assert.ok(found.length > 0)
  for (const { reached, code, address } of found) assert.equal([reached, code], [true, undefined], address)
})

dialback('an address where nobody listens is not', async () => {
  // Port 1 of loopback: refused at once.
  const [found] = await asked(3, ['/ip4/127.0.0.1/tcp/1'])
  assert.equal([found?.reached, found?.code], [false, undefined])
})

dialback('the address of somebody else is not dialled', async () => {
  const [found] = await asked(5, ['/ip4/127.0.0.2/tcp/1'])
  assert.equal([found?.reached, found?.code], [false, 'refused'])
})

dialback('nobody connected, nobody asked; connected ones are listed', async () => {
  const { add, close } = closers()
  try {
    const alone = add(await openHost(7))
    assert.equal(await alone.dialBack(AbortSignal.timeout(LIMIT_MS)), [])
    const other = add(await openHost(8))
    await other.connect(alone.addresses()[0] ?? '')
    const [seen] = await other.neighbours()
    assert.equal([seen?.peerId, seen?.direction, seen?.points], [alone.peerId, 'outbound', 0])
    assert.ok(seen?.latencyMs !== undefined, 'it answers pings')
  } finally {
    await close()
  }
})

const ASKER = '/ip4/203.0.113.7/tcp/50000'
const DIALABLE: readonly (readonly [address: string, code: string])[] = [
  ['/ip4/203.0.113.7/tcp/9470', 'none'],
  ['/ip4/203.0.113.7/tcp/9471/ws', 'none'],
  ['/ip4/203.0.113.7/tcp/9470/p2p/12D3KooWQYhTNQdmr3ArTeUHRYzFg94BKyTkoWBDWez9kSCVe2Xo', 'none'],
  ['/ip4/203.0.113.8/tcp/9470', 'refused'],
  ['/dns4/localhost/tcp/9470', 'refused'],
  ['/ip4/203.0.113.7/udp/9470', 'refused'],
  ['/ip4/203.0.113.7/tcp/9470/p2p-circuit', 'refused'],
  ['nonsense', 'bad-address'],
]
for (const [address, code] of DIALABLE)
  dialback(`${code}: ${address}`, () => {
    let found = 'none'
    try {
      dialable(address, multiaddr(ASKER))
    } catch (error) {
      found = codeOf(error)
    }
    assert.is(found, code)
  })

dialback.run()
