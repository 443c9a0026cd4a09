// Who may ask: on loopback anybody who calls us by a loopback name, elsewhere whoever has the token; pages of other origins
// only where the operator named their origin. Decided before anything of the request is read but its head.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Fault } from '../core/errors.ts'
import { isOurName } from './listen.ts'
import { tokenCheck } from './token.ts'

export interface GuardOptions {
  readonly loopback: boolean
  readonly token: string
  readonly origins: readonly string[]
}

/** Of a page that we did not serve; a page has an origin, a program has none. */
function checkOrigin(request: FastifyRequest, reply: FastifyReply, origins: readonly string[]): void {
  const { origin } = request.headers
  if (origins.length > 0) reply.header('vary', 'origin')
  if (origin === undefined) return
  if (!origins.includes(origin))
    throw new Fault('api-origin', 'pages of this origin may not ask: the operator allows it with --api-origins')
  reply.header('access-control-allow-origin', origin)
}

function preflight(reply: FastifyReply): void {
  void reply
    .header('access-control-allow-methods', 'GET')
    .header('access-control-allow-headers', 'authorization, last-event-id')
    .header('access-control-max-age', '600')
    .code(204)
    .send()
}

export function addGuard(app: FastifyInstance, { loopback, token, origins }: GuardOptions): void {
  const carries = tokenCheck(token)
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-content-type-options', 'nosniff').header('cache-control', 'no-store')
    if (loopback && !isOurName(request.headers.host))
      throw new Fault('api-host', 'on loopback this API is called by localhost or a loopback address')
    checkOrigin(request, reply, origins)
    const allowed = request.headers.origin !== undefined && request.method === 'OPTIONS'
    if (allowed) return preflight(reply)
    if (loopback || carries(request.headers.authorization)) return
    reply.header('www-authenticate', 'Bearer')
    throw new Fault('api-unauthorized', 'beyond loopback every request needs the bearer token of --api-token-file')
  })
}
