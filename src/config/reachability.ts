// Knobs of the mesh: where peers find this sidecar and where it finds them.

import { flagLike, integer, knob, listKnob, multiaddr } from './knobs.ts'
import type { Knobs } from './knobs.ts'

export const REACHABILITY_KNOBS = {
  listen: listKnob(['/ip4/0.0.0.0/tcp/9470', '/ip4/0.0.0.0/tcp/9471/ws'], multiaddr, 'addresses to listen on'),
  announce: listKnob([], multiaddr, 'addresses to tell others instead of the ones listened on'),
  bootstrap: listKnob([], multiaddr, 'peers to dial first, with their /p2p/ ids'),
  upnp: knob(false, flagLike, 'ask the router to forward the ports of listen, at home behind a NAT'),
  relays: knob(2, integer(0, 8), 'relays to be reached through while nobody can dial this sidecar; 0: none'),
  relayReservations: knob(16, integer(0, 1024), 'sidecars behind a NAT that may be reached through this one; 0: none'),
  relaySeconds: knob(120, integer(30, 3_600), 'how long one connection through this sidecar may last'),
  relayKb: knob(1_024, integer(128, 1_048_576), 'what one such connection may carry in each direction, in KiB'),
  mdns: knob(false, flagLike, 'look for peers on the local network'),
} as const satisfies Knobs
