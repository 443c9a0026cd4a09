// Who may import whom, as data: the table of the house. `core` is the middle; `round` stands on it, `audit` and
// `auction` on that; an adapter knows `core` and one outside world; only the wiring sees both sides. A place that is
// not in the table may not exist: adding a folder is a decision, made here.

/** Everything directly inside src: a folder, or a file of its own. */
export type Place = {
  /** Places it may import besides itself; `all` is for the wiring. */
  readonly places: readonly string[] | 'all'
  /** Packages it may import (`@scope/*` for a scope); `all` is for those that meet the outside world. */
  readonly packages: readonly string[] | 'all'
  /** Domain: no clock, no chance and no input or output but what is handed in. */
  readonly pure: boolean
}

const CORE_PACKAGES = ['@noble/*', '@chainsafe/ssz']

const domain = (places: readonly string[], packages: readonly string[] = []): Place => ({
  places,
  packages: [...CORE_PACKAGES, ...packages],
  pure: true,
})

const ADAPTER: Place = { places: ['core'], packages: 'all', pure: false }
const WIRING: Place = { places: 'all', packages: 'all', pure: false }

export const PLACES: Readonly<Record<string, Place>> = {
  core: domain([]),
  round: domain(['core']),
  audit: domain(['core', 'round'], ['@openzeppelin/merkle-tree']),
  auction: domain(['core', 'round']),
  beacon: ADAPTER,
  p2p: ADAPTER,
  chain: ADAPTER,
  workload: ADAPTER,
  custody: ADAPTER,
  store: ADAPTER,
  api: ADAPTER,
  native: ADAPTER,
  pricing: ADAPTER,
  config: ADAPTER,
  keys: ADAPTER,
  'system.ts': ADAPTER,
  'auctions.ts': WIRING,
  'job-report.ts': WIRING,
  'endpoints.ts': WIRING,
  'holder.ts': WIRING,
  'membership.ts': WIRING,
  'round-trips.ts': WIRING,
  'sidecar.ts': WIRING,
  'stranger.ts': WIRING,
  'workloads.ts': WIRING,
  cli: WIRING,
  devnet: WIRING,
  'main.ts': WIRING,
}

/** The wiring looks down only: what it wires never looks back up, and nobody imports the command line. */
export const ABOVE: Readonly<Record<string, readonly string[]>> = {
  'auctions.ts': ['cli', 'devnet', 'main.ts', 'sidecar.ts'],
  'job-report.ts': ['cli', 'devnet', 'main.ts', 'sidecar.ts'],
  'endpoints.ts': ['cli', 'devnet', 'main.ts', 'sidecar.ts'],
  'holder.ts': ['cli', 'devnet', 'main.ts', 'sidecar.ts'],
  'membership.ts': ['cli', 'devnet', 'main.ts', 'sidecar.ts'],
  'round-trips.ts': ['cli', 'devnet', 'main.ts', 'sidecar.ts'],
  'stranger.ts': ['cli', 'devnet', 'main.ts', 'sidecar.ts'],
  'workloads.ts': ['cli', 'devnet', 'main.ts', 'sidecar.ts'],
  'sidecar.ts': ['cli', 'devnet', 'main.ts'],
  devnet: ['cli', 'main.ts'],
  cli: ['main.ts'],
}

/** One outside library, one home: an adapter is the only one of its kind that knows its library. */
export const HOMES: readonly (readonly [packages: readonly string[], home: string])[] = [
  [['libp2p', '@libp2p/*', '@multiformats/*', '@chainsafe/libp2p-*', 'it-*', 'datastore-level'], 'p2p'],
  [['ethers', 'abitype'], 'chain'],
  [['level'], 'store'],
  [['drand-client'], 'beacon'],
  [['fastify', '@fastify/*', 'fastify-type-provider-zod', 'prom-client', '@opentelemetry/*'], 'api'],
]

/** Globals that bring in time, chance or the outside; the domain must run in a simulator and in a browser. */
export const IMPURE_GLOBALS: readonly string[] = [
  ...['Date', 'performance', 'setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval'],
  ...['process', 'Buffer', 'global', 'globalThis', 'window', 'require', '__dirname', '__filename'],
  ...['fetch', 'WebSocket', 'XMLHttpRequest', 'EventSource', 'console', 'crypto'],
]

/** The same through a member or a named import. */
export const IMPURE_MEMBERS: readonly string[] = ['Math.random', 'AbortSignal.timeout', 'utils.randomSecretKey']
export const IMPURE_IMPORTS: readonly string[] = ['randomBytes']

export const MAX_LINES = 400
