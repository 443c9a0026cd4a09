// Process entry of a local network's sidecar: loads all code first, says so, and becomes `stkr run` with the arguments it
// is then sent. Loading is what takes long when many start on few cores; with it done, the network's genesis can be set
// for when everybody will be there. It adds nothing to what `stkr run` does.

import { enableCompileCache } from 'node:module'
import { setFlagsFromString } from 'node:v8'
import type { LoadedMessage } from '../devnet/parent.ts'
import { leave } from './leave.ts'

setFlagsFromString('--semi-space-growth-factor=1')
enableCompileCache()

const gone = (): never => leave(0)
process.once('disconnect', gone)

const [{ startCommandLine }] = await Promise.all([import('./start.ts'), import('./run.ts')])

process.once('message', (argv) => {
  process.removeListener('disconnect', gone)
  // Our own parent on our own channel: src/devnet/nodes.ts.
  void startCommandLine(argv as string[])
})
const loaded: LoadedMessage = { type: 'loaded' }
process.send?.(loaded)
