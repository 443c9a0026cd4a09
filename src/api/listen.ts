// Where the API listens, and which names its callers may call it by there.

import { isIPv4 } from 'node:net'

export interface Place {
  readonly host: string
  readonly port: number
  /** Nobody but this machine reaches it. */
  readonly loopback: boolean
}

const bare = (host: string): string => host.replace(/^\[(.*)\]$/, '$1').toLowerCase()

/** 127.0.0.0/8 (RFC 1122), ::1 (RFC 4291), and the one name that browsers take for them (RFC 6761). */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'))

/** From host:port, in the form that the knob has checked. */
export function placeOf(listen: string): Place {
  const colon = listen.lastIndexOf(':')
  const named = bare(listen.slice(0, colon))
  // One socket, so that every limit is one limit: the name stands for two addresses.
  const host = named === 'localhost' ? '127.0.0.1' : named
  return { host, port: Number(listen.slice(colon + 1)), loopback: isLoopback(host) }
}

/**
 * On loopback no token is asked, so a page whose name was made to point here (DNS rebinding) must be turned away by the
 * name it calls us by.
 */
export function isOurName(header: string | undefined): boolean {
  const url = URL.parse(`http://${header ?? ''}`)
  return url?.host !== undefined && url.pathname === '/' && url.username === '' && isLoopback(bare(url.hostname))
}

export const urlOf = (host: string, port: number): string => `http://${host.includes(':') ? `[${host}]` : host}:${port}`
