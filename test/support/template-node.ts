// What a job template of a test starts: a JSON-RPC endpoint on the port given first that passes everything on to the node
// whose URL the file given second holds. Ends on SIGTERM, as a node does.

import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'

const [port, file = ''] = process.argv.slice(2)

const server = createServer((request, response) => {
  void text(request)
    .then((body) =>
      fetch(readFileSync(file, 'utf8'), { method: 'POST', headers: { 'content-type': 'application/json' }, body }),
    )
    .then(async (answer) =>
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text()),
    )
    .catch(() => response.writeHead(502).end())
}).listen(Number(port), '127.0.0.1')
await once(process, 'SIGTERM')
server.close()
server.closeAllConnections()
