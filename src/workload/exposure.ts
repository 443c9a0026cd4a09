// Is the node's endpoint open to others than this machine? Tried as others would: at the machine's own addresses. Whoever
// reaches an RPC endpoint may use the node's accounts and resources.

import { networkInterfaces } from 'node:os'
import { connect, isIP } from 'node:net'

const TIMEOUT_MS = 1_000
const ADDRESSES_MAX = 32

/** Addresses of this machine that others may reach; link-local ones need a zone and are left out. */
export const ownAddresses = (): readonly string[] =>
  Object.values(networkInterfaces())
    .flatMap((entries) => entries ?? [])
    .filter(({ internal, address }) => !internal && !address.startsWith('fe80:'))
    .map(({ address }) => address)
    .slice(0, ADDRESSES_MAX)

/** Host and port of a URL; undefined when it is none. */
export function endpointOf(url: string): { readonly host: string; readonly port: number } | undefined {
  const parsed = URL.parse(url)
  if (!parsed) return undefined
  const port = parsed.port === '' ? (parsed.protocol === 'https:' ? 443 : 80) : Number(parsed.port)
  return { host: parsed.hostname.replace(/^\[|\]$/g, ''), port }
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || /^127\./.test(host)

/** Does anybody accept connections there? */
export function accepts(host: string, port: number, timeoutMs = TIMEOUT_MS): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: timeoutMs })
    const settle = (answer: boolean): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', () => settle(true))
    socket.once('timeout', () => settle(false))
    socket.once('error', () => settle(false))
  })
}

/** Which of `addresses` the endpoint answers at; none for an endpoint on another machine. */
export async function exposedAt(url: string, addresses: readonly string[]): Promise<readonly string[]> {
  const endpoint = endpointOf(url)
  if (!endpoint || (!isLoopback(endpoint.host) && !addresses.includes(endpoint.host))) return []
  const open = await Promise.all(
    addresses
      .filter((address) => isIP(address) !== 0)
      .map(async (address) => ((await accepts(address, endpoint.port)) ? [address] : [])),
  )
  return open.flat()
}
