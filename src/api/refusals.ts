// How a request that gets nothing is told so: a status, a code, a sentence. Mistakes of ours are logged with their stack and
// answered without a word about them.

import { Fault, codeOf } from '../core/errors.ts'
import type { Log } from '../core/ports.ts'

/** HTTP status of our own codes. */
const STATUS_OF: Readonly<Record<string, number>> = {
  'api-unauthorized': 401,
  'api-host': 403,
  'api-origin': 403,
  'api-unknown-route': 404,
  'api-unknown-period': 404,
  'api-unknown-job': 404,
  'api-method': 405,
  'api-invalid': 400,
  'api-oversized': 413,
  'api-busy': 503,
}

export interface Refusal {
  readonly status: number
  readonly body: { readonly ok: false; readonly code: string; readonly why: string }
}

const refusal = (status: number, code: string, why: string): Refusal => ({ status, body: { ok: false, code, why } })

const numberIn = (error: object, name: string): number | undefined => {
  const found: unknown = Object.entries(error).find(([key]) => key === name)?.[1]
  return typeof found === 'number' ? found : undefined
}

/** Of anything that was thrown while a request was served. */
export function refusalOf(error: unknown, log: Log): Refusal {
  if (error instanceof Fault) return refusal(STATUS_OF[error.code] ?? 503, error.code, error.message)
  const status = error instanceof Error ? numberIn(error, 'statusCode') : undefined
  if (error instanceof Error && status !== undefined && status < 500)
    return status === 413
      ? refusal(413, 'api-oversized', 'the request is larger than any this API takes')
      : refusal(400, 'api-invalid', error.message.slice(0, 300))
  log.error('the API failed to answer', { code: codeOf(error), error: error instanceof Error ? error.stack : error })
  return refusal(500, 'internal', 'a mistake of ours: the log has the particulars')
}
