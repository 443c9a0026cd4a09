// JSON-RPC 2.0 over HTTP to a node nobody has to trust: one request, one bounded answer, read strictly.

import { Fault } from '../core/errors.ts'
import { createHttp, errorStatus, garbled, jsonOf } from './http.ts'

export interface JsonRpc {
  /**
   * The `result`, unchecked. Faults: those of `Http.ask`, `workload-status`, `workload-garbled`, `workload-error` (the node
   * answered with a JSON-RPC error). An abort passes through.
   */
  call(method: string, params: readonly unknown[], signal: AbortSignal): Promise<unknown>
}

function resultOf(answer: unknown, method: string): unknown {
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) throw garbled(method, 'no object')
  if (!('id' in answer) || answer.id !== 1) throw garbled(method, 'for another request')
  if ('error' in answer && answer.error !== undefined && answer.error !== null) {
    const { error } = answer
    const code = typeof error === 'object' && 'code' in error ? Number(error.code) : undefined
    throw new Fault('workload-error', `the node refuses ${method}`, { data: { method, error: code } })
  }
  if (!('result' in answer)) throw garbled(method, 'neither result nor error')
  return answer.result
}

/** `timeoutMs` bounds one request, from connecting to the last byte. */
export function createJsonRpc(options: { readonly url: string; readonly timeoutMs: number }): JsonRpc {
  const http = createHttp(options)
  return {
    call: async (method, params, signal) => {
      const answer = await http.ask('', method, signal, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
      })
      if (answer.status !== 200) throw errorStatus(method, answer.status)
      return resultOf(jsonOf(answer, method), method)
    },
  }
}
