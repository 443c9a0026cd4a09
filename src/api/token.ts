// The bearer token's one use: compared in constant time. Never logged, never in an error or an answer.

import { createHash, timingSafeEqual } from 'node:crypto'

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** Whether an Authorization header carries the token. Takes as long for a near miss as for a far one. */
export function tokenCheck(token: string): (authorization: string | undefined) => boolean {
  const wanted = digest(token)
  return (authorization = '') => {
    const given = /^bearer +(\S+) *$/i.exec(authorization)?.[1] ?? ''
    return timingSafeEqual(digest(given), wanted)
  }
}
