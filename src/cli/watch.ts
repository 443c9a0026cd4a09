// What `stkr run` adds for those who watch: HTTP API and traces, where they are wanted. Their code is loaded only
// then; the sidecar knows nothing of them.

import type { Api } from '../api/api.ts'
import type { ApiSources } from '../api/options.ts'
import type { Traces } from '../api/traces.ts'
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

async function openTraces({ traceUrl }: SidecarConfig): Promise<Traces | undefined> {
  if (traceUrl === undefined) return undefined
  const { createTraces } = await import('../api/traces.ts')
  return createTraces({ url: traceUrl, version: programVersion() }, systemClock)
}

/** Faults: `api-token-…`. */
export async function openWatch(config: SidecarConfig, log: Log): Promise<Watch> {
  const api = await openApi(config, log)
  const traces = await openTraces(config)
  return {
    note(event) {
      api?.note(event)
      traces?.note(event)
    },
    async start(sidecar) {
      const url = await api?.start(sourcesOf(sidecar))
      if (url !== undefined) log.info('the API listens', { url })
      return url
    },
    async stop() {
      await api?.stop()
      await traces?.stop()
    },
  }
}
