// What several endpoints say of one chain, compared: chain id, height, and the hash of a block that all of them should have
// by now. Promises that an endpoint on another chain, far behind, or with another history than most is set aside with a
// code, and that two histories without a majority are called a split, in which nobody is believed. A single endpoint is
// believed about everything: that is the operator's choice.

import { codeOf } from '../core/errors.ts'
import { askFor, askNumber } from './endpoint.ts'

export interface AgreementOptions {
  /** Blocks below the lowest head that is compared: what a reorganisation may still change is no disagreement. */
  readonly depth: number
  /** Blocks an endpoint may be behind the best. */
  readonly lagBlocks: number
  readonly timeoutMs: number
  readonly now: () => number
}

export type AsideCode = 'rpc-wrong-chain' | 'rpc-lagging' | 'rpc-disagrees'

/** What is thought of one endpoint; `code` says why it is set aside or silent. */
export interface Standing {
  readonly state: 'good' | 'silent' | 'aside'
  readonly code: string | undefined
  readonly head: number | undefined
}

export interface Agreement {
  readonly split: boolean
  /** In the order of the endpoints. */
  readonly standings: readonly Standing[]
}

export interface Comparison extends Agreement {
  /** How long each took to answer the first look, ms; undefined: it did not. */
  readonly tookMs: readonly (number | undefined)[]
}

/** One endpoint's words; undefined parts when it did not answer, with the code of its trouble. */
export interface Claim {
  readonly chainId?: bigint
  readonly head?: number
  readonly trouble?: string
  readonly tookMs?: number
}

const aside = (code: AsideCode, head: number | undefined): Standing => ({ state: 'aside', code, head })

/** First look: who is on our chain and near its head. A head that nobody can check sets others aside only with a majority. */
export function judgeHeads(claims: readonly Claim[], chainId: bigint, lagBlocks: number): readonly Standing[] {
  const heads = claims
    .flatMap((claim) => (claim.chainId === chainId && claim.head !== undefined ? [claim.head] : []))
    .sort((a, b) => a - b)
  // Of an even number the higher one in the middle: of two, the one that is behind waits.
  const middle = heads[Math.floor(heads.length / 2)] ?? 0
  return claims.map(({ chainId: id, head, trouble }): Standing => {
    if (id !== undefined && id !== chainId) return aside('rpc-wrong-chain', head)
    if (id === undefined || head === undefined) return { state: 'silent', code: trouble, head }
    return middle - head > lagBlocks ? aside('rpc-lagging', head) : { state: 'good', code: undefined, head }
  })
}

/** Second look: who has the same block. `hashes` in the order of `standings`; null where an endpoint lacks the block. */
export function judgeHashes(standings: readonly Standing[], hashes: readonly (string | null | undefined)[]): Agreement {
  const votes = new Map<string, number>()
  for (const hash of hashes) if (typeof hash === 'string') votes.set(hash, (votes.get(hash) ?? 0) + 1)
  const cast = [...votes.values()].reduce((sum, count) => sum + count, 0)
  const [winner] = [...votes].find(([, count]) => count * 2 > cast) ?? []
  const split = votes.size > 1 && winner === undefined
  const judged = standings.map((standing, i): Standing => {
    const hash = hashes[i]
    if (standing.state !== 'good') return standing
    // Whoever cannot be compared is not used while somebody else can.
    if (hash === undefined) return { state: 'silent', code: 'rpc-garbled', head: standing.head }
    if (hash === null) return aside('rpc-lagging', standing.head)
    return split || hash !== winner ? aside('rpc-disagrees', standing.head) : standing
  })
  return { split, standings: judged }
}

async function claimOf(url: string, { timeoutMs, now }: AgreementOptions): Promise<Claim> {
  const askedAt = now()
  try {
    const [chainId, head] = await Promise.all(
      ['eth_chainId', 'eth_blockNumber'].map((method) => askNumber(url, method, timeoutMs)),
    )
    const tookMs = now() - askedAt
    return { ...(chainId !== undefined && { chainId }), ...(head !== undefined && { head: Number(head) }), tookMs }
  } catch (error) {
    return { trouble: codeOf(error) }
  }
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

async function hashAt(url: string, height: number, timeoutMs: number): Promise<string | null | undefined> {
  try {
    const block = await askFor(url, 'eth_getBlockByNumber', [`0x${height.toString(16)}`, false], timeoutMs)
    if (block === null) return null
    const hash = isObject(block) && 'hash' in block ? block.hash : undefined
    return typeof hash === 'string' ? hash.toLowerCase() : undefined
  } catch {
    return undefined
  }
}

/** Asks all endpoints at once, twice. Never throws: who does not answer is `silent`. */
export async function compareEndpoints(
  urls: readonly string[],
  chainId: bigint,
  options: AgreementOptions,
): Promise<Comparison> {
  const { depth, lagBlocks, timeoutMs } = options
  const claims = await Promise.all(urls.map((url) => claimOf(url, options)))
  const tookMs = claims.map((claim) => claim.tookMs)
  const standings = judgeHeads(claims, chainId, lagBlocks)
  const good = standings.map(({ state, head }) => (state === 'good' ? head : undefined))
  const near = good.filter((head) => head !== undefined)
  // One that is far ahead of all others must at least share their past, or a made-up head would be enough to be believed.
  const compared =
    near.length > 1 ? good : standings.map(({ code, head }) => (code === 'rpc-wrong-chain' ? undefined : head))
  const heads = compared.filter((head) => head !== undefined)
  if (heads.length < 2) return { split: false, standings, tookMs }
  const height = Math.max(0, Math.min(...heads) - depth)
  const hashes = await Promise.all(
    urls.map(async (url, i) => (compared[i] === undefined ? undefined : hashAt(url, height, timeoutMs))),
  )
  return { ...judgeHashes(standings, hashes), tookMs }
}
