// What `stkr run` adds for those who watch: the HTTP API, where it is wanted. Its code is loaded only then; the sidecar
// knows nothing of it.

import { createRequire } from 'node:module'
import type { Api } from '../api/api.ts'
import type { ApiSources } from '../api/options.ts'
import { redactText } from '../config/redact.ts'
import type { SidecarConfig } from '../config/sidecar.ts'
import type { Log, MeshEvent } from '../core/ports.ts'
import type { Sidecar } from '../sidecar.ts'
import { systemClock } from '../system.ts'
import { openApiToken } from './api-token.ts'

export interface Watch {
  note(event: MeshEvent): void
  /** Once the sidecar has started. Fault `api-listen`. */
  start(sidecar: Sidecar): Promise<void>
  /** Before the sidecar stops. */
  stop(): Promise<void>
}

const version = (): string => {
  const { version: found } = createRequire(import.meta.url)('../../package.json') as { readonly version: string }
  return found
}

/** Relays may be called with an access key: the API names their hosts. */
const sourcesOf = ({ status, peers, summary, roundTrips }: Sidecar): ApiSources => ({
  status: () => {
    const told = status()
    return { ...told, relays: told.relays.map((relay) => ({ ...relay, url: redactText(relay.url) })) }
  },
  peers,
  summary,
  ...roundTrips,
})

async function openApi(config: SidecarConfig, log: Log): Promise<Api | undefined> {
  if (config.apiListen === '') return undefined
  const { createApi } = await import('../api/api.ts')
  const token = openApiToken(config.apiTokenFile)
  const options = { listen: config.apiListen, token, origins: config.apiOrigins, version: version() }
  return createApi(options, { clock: systemClock, log })
}

/** Faults: `api-token-…`. */
export async function openWatch(config: SidecarConfig, log: Log): Promise<Watch> {
  const api = await openApi(config, log)
  return {
    note: (event) => api?.note(event),
    async start(sidecar) {
      if (api) log.info('the API listens', { url: await api.start(sourcesOf(sidecar)) })
    },
    stop: async () => api?.stop(),
  }
}
