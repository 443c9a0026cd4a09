// All Stkr nodes of a network, read in pages: one call for hundreds, whatever an endpoint allows a call to cost.

import type { Economy } from './economy.ts'

const PAGE = 256

export async function readNodes({ nodes, sidecars }: Pick<Economy, 'nodes' | 'sidecars'>) {
  const total = await sidecars.read('total', [])
  const pages = Array.from({ length: Math.ceil(total / PAGE) }, (_, i) =>
    nodes.read('nodes', [1 + i * PAGE, Math.min(total, (i + 1) * PAGE) + 1]),
  )
  return (await Promise.all(pages)).flat()
}
