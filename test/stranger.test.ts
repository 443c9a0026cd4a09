// Asking a sidecar as a stranger, over each transport a sidecar may listen on.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { withStranger } from '../src/stranger.ts'
import { testNetwork } from './support/audit.ts'
import { codeRejected } from './support/faults.ts'
import { createLibraryHost } from './support/library-host.ts'

const stranger = suite('cli/stranger')
const LIMIT_MS = 15_000
const nothing = async (): Promise<undefined> => undefined

const sidecarOn = (listen: string) =>
  createLibraryHost(testNetwork, listen, { bundle: async (period) => Uint8Array.of(period) })

for (const listen of ['/ip4/127.0.0.1/tcp/0', '/ip4/127.0.0.1/tcp/0/ws'])
  stranger(`a sidecar on ${listen} gives its bundle`, async () => {
    const sidecar = await sidecarOn(listen)
    await sidecar.start()
    try {
      const signal = AbortSignal.timeout(LIMIT_MS)
      const ask = withStranger(testNetwork, sidecar.addresses(), signal, (host) => host.evidence.bundle(7, signal))
      assert.equal(await ask, Uint8Array.of(7))
    } finally {
      await sidecar.stop()
    }
  })

stranger('nobody there is said by code', async () => {
  const gone = await sidecarOn('/ip4/127.0.0.1/tcp/0')
  await gone.start()
  const addresses = gone.addresses()
  await gone.stop()
  const asked = withStranger(testNetwork, addresses, AbortSignal.timeout(LIMIT_MS), nothing)
  assert.is(await codeRejected(asked), 'peer-unreachable')
})

stranger.run()
