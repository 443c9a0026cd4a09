// A JSON-RPC endpoint in front of a real node that can be told to misbehave: hang, refuse, lose an answer, lag, lie.
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface RpcDouble {
  readonly url: string
  requests: number
  /** Replaces the answer; undefined, or one that says false, passes on to the real node. */
  wrong: ((response: ServerResponse, method: string, body: string) => unknown) | undefined
  /** Answers a request, given its body, with an error of these words; undefined passes it on. */
  refuses: ((body: string) => string | undefined) | undefined
  /** A method that is passed on, but whose answer is lost. */
  loses: string | undefined
  /** Changes the result of what is passed on; undefined leaves it. */
  twists: ((method: string, result: unknown) => unknown) | undefined
  readonly stop: () => Promise<void>
}

const readAll = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

function twisted({ twists }: RpcDouble, method: string, text: string): string {
  if (!twists) return text
  const answer = JSON.parse(text) as { result?: unknown }
  if (!('result' in answer)) return text
  const result = twists(method, answer.result)
  return result === undefined ? text : JSON.stringify({ ...answer, result })
}

/** Stands before `target` on a free port. */
export const startRpcDouble = async (target: string): Promise<RpcDouble> => {
  const server = createServer((request, response) => {
    void (async () => {
      const body = await readAll(request)
      double.requests++
      const method = /"method":"(\w+)"/.exec(body)?.[1] ?? ''
      if (double.wrong && double.wrong(response, method, body) !== false) return
      const refusal = double.refuses?.(body)
      if (refusal !== undefined) {
        const { id } = JSON.parse(body) as { id: number }
        response.end(JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32000, message: refusal } }))
        return
      }
      const headers = { 'content-type': 'application/json' }
      const answer = await fetch(target, { method: 'POST', headers, body })
      if (method === double.loses) {
        response.destroy()
        return
      }
      response.end(twisted(double, method, await answer.text()))
    })()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const double: RpcDouble = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: 0,
    wrong: undefined,
    refuses: undefined,
    loses: undefined,
    twists: undefined,
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return double
}
