// The HTTP server around the routes: nothing that comes in is larger, slower or more than the limits here, and everything
// that is refused is refused by code.

import swagger from '@fastify/swagger'
import Fastify from 'fastify'
import type { FastifyInstance, FastifyReply, FastifyServerOptions } from 'fastify'
import { jsonSchemaTransform, serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import { Fault } from '../core/errors.ts'
import type { Log } from '../core/ports.ts'
import { addGuard } from './guard.ts'
import type { GuardOptions } from './guard.ts'
import { refusalOf } from './refusals.ts'
import { addRoutes } from './routes.ts'
import type { RouteDeps } from './routes.ts'

export const LIMITS = {
  connections: 64,
  headerBytes: 8 * 1024,
  /** No route takes a body. */
  bodyBytes: 1024,
  urlParamChars: 64,
  /** To send a whole head; a whole request. */
  headersMs: 5_000,
  requestMs: 10_000,
  idleMs: 5_000,
  /** How often the two above are looked at. */
  sweepMs: 1_000,
} as const

/** Typed as for JSON Schemas; what our routes declare is Zod's. */
const COMPILERS = {
  compilersFactory: { buildValidator: () => validatorCompiler, buildSerializer: () => serializerCompiler },
} as unknown as NonNullable<FastifyServerOptions['schemaController']>

export interface ServerOptions extends GuardOptions {
  readonly version: string
}

interface ServerDeps extends RouteDeps {
  readonly log: Log
  /** Told the status of every answer. */
  readonly answered: (status: number) => void
}

/** Unstarted; `listen` is the caller's. */
export async function buildServer(options: ServerOptions, deps: ServerDeps): Promise<FastifyInstance> {
  const refuse = (error: unknown, reply: FastifyReply): FastifyReply => {
    const { status, body } = refusalOf(error, deps.log)
    return reply.code(status).send(body)
  }
  const app = Fastify({
    frameworkErrors: (error, _, reply: FastifyReply) => void refuse(error, reply),
    bodyLimit: LIMITS.bodyBytes,
    requestTimeout: LIMITS.requestMs,
    keepAliveTimeout: LIMITS.idleMs,
    forceCloseConnections: true,
    exposeHeadRoutes: false,
    // Given here, and not set afterwards: else Fastify loads compilers of its own, which nothing would use.
    schemaController: COMPILERS,
    routerOptions: { maxParamLength: LIMITS.urlParamChars },
    http: {
      maxHeaderSize: LIMITS.headerBytes,
      headersTimeout: LIMITS.headersMs,
      connectionsCheckingInterval: LIMITS.sweepMs,
    },
  })
  app.server.maxConnections = LIMITS.connections
  addGuard(app, options)
  app.addHook('onResponse', async (_, reply) => {
    deps.answered(reply.statusCode)
  })
  app.setErrorHandler((error, _, reply) => refuse(error, reply))
  app.setNotFoundHandler((request) => {
    if (request.method !== 'GET') throw new Fault('api-method', 'this API is for reading: GET only')
    throw new Fault('api-unknown-route', 'there is no such route: /openapi.json lists them')
  })
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Stkr sidecar', description: 'What a sidecar knows; read only.', version: options.version },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      ...(!options.loopback && { security: [{ token: [] }] }),
    },
    transform: jsonSchemaTransform,
  })
  await app.register(async (scope) => {
    addRoutes(scope, deps)
  })
  return app
}
