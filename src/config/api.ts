// Knobs of what operators watch a sidecar with.

import { join } from 'node:path'
import * as z from 'zod'
import { knob, listKnob, optional, path, secret, url } from './knobs.ts'
import type { Knobs } from './knobs.ts'

const listenAddress = z
  .string()
  .max(300)
  .regex(
    /^(?:(?:\[[0-9a-fA-F:.]+\]|[\w.-]+):(?:[1-5]?\d{1,4}|6[0-4]\d{3}|65[0-4]\d{2}|655[0-2]\d|6553[0-5]))?$/,
    'expected host:port such as 127.0.0.1:9472 or [::1]:9472, or nothing for no API',
  )
const origin = z
  .string()
  .max(300)
  .regex(/^https?:\/\/[^/\s,*?#@]+$/, 'expected an origin such as https://console.example, without a path')

export const API_KNOBS = {
  apiListen: knob('127.0.0.1:9472', listenAddress, 'address of the HTTP API and metrics; empty: none'),
  apiTokenFile: knob((dataDir) => join(dataDir, 'api-token'), path, 'bearer token of the API beyond loopback'),
  apiOrigins: listKnob([], origin, 'web origins whose pages may read the API'),
  traceUrl: secret(knob('', optional(url), 'OTLP/HTTP endpoint that traces are sent to; empty: none')),
} as const satisfies Knobs
