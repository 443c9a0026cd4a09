// The end of this process. On its way out Node joins the threads that compile, and one that waits for a garbage collection,
// which only the main thread could make, is waited for for ever (nodejs/node#54918). Collecting first lets them finish; it
// takes a few hundredths of a second. A stuck end is worse than a late one: who supervises us would never start us again.

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

export function leave(code: number): never {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc()')
  process.exit(code)
}
