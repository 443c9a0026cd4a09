// Knobs of the mesh: where peers find this sidecar and where it finds them.

import { flagLike, knob, listKnob, multiaddr } from './knobs.ts'
import type { Knobs } from './knobs.ts'

export const REACHABILITY_KNOBS = {
  listen: listKnob(['/ip4/0.0.0.0/tcp/9470', '/ip4/0.0.0.0/tcp/9471/ws'], multiaddr, 'addresses to listen on'),
  announce: listKnob([], multiaddr, 'addresses to tell others instead of the ones listened on'),
  bootstrap: listKnob([], multiaddr, 'peers to dial first, with their /p2p/ ids'),
  mdns: knob(false, flagLike, 'look for peers on the local network'),
} as const satisfies Knobs
