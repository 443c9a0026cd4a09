// What `stkr run` adds for those who watch: the HTTP API, where it is wanted. Its code is loaded only then; the sidecar
// knows nothing of it.

import type { Api } from '../api/api.ts'
import type { ApiSources } from '../api/options.ts'
import { redactText } from '../config/redact.ts'
import type { SidecarConfig } from '../config/sidecar.ts'
import type { Log, MeshEvent } from '../core/ports.ts'
import type { Sidecar } from '../sidecar.ts'
import { systemClock } from '../system.ts'
import { openApiToken } from './api-token.ts'
import { programVersion } from './version.ts'

export interface Watch {
  note(event: MeshEvent): void
  /** Once the sidecar has started; resolves to the URL of the API, if there is one. Fault `api-listen`. */
  start(sidecar: Sidecar): Promise<string | undefined>
  /** Before the sidecar stops. */
  stop(): Promise<void>
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
  const options = { listen: config.apiListen, token, origins: config.apiOrigins, version: programVersion() }
  return createApi(options, { clock: systemClock, log })
}

/** Faults: `api-token-…`. */
export async function openWatch(config: SidecarConfig, log: Log): Promise<Watch> {
  const api = await openApi(config, log)
  return {
    note: (event) => api?.note(event),
    async start(sidecar) {
      const url = await api?.start(sourcesOf(sidecar))
      if (url !== undefined) log.info('the API listens', { url })
      return url
    },
    stop: async () => api?.stop(),
  }
}
