// A sidecar that another process of ours started: tells it what happens, and ends when it is gone. Promises that a
// parent's death, however sudden, ends this process; without a parent it does nothing. The messages are the devnet's
// view of a sidecar; nothing steers through them.

import type { MeshEvent } from '../core/ports.ts'
import type { SidecarStatus } from '../sidecar.ts'

export type SidecarMessage =
  /** `api`: where its HTTP API listens, if it has one. */
  | { readonly type: 'ready'; readonly api: string | undefined }
  | { readonly type: 'event'; readonly event: MeshEvent }
  | { readonly type: 'status'; readonly status: SidecarStatus }
  | { readonly type: 'failed'; readonly code: string; readonly why: string }

/** Sent by src/cli/preloaded.ts once its code is loaded; the answer is the command line's arguments. */
export interface LoadedMessage {
  readonly type: 'loaded'
}

const STATUS_EVERY_MS = 500

export interface Parent {
  tell(message: SidecarMessage): void
  /** Sends a status now and then until the returned function is called. */
  watch(status: () => SidecarStatus): () => void
}

/** `onGone` is called once when the parent's end of the channel closes. */
export function findParent(onGone: () => void): Parent {
  if (process.send === undefined) return { tell: () => undefined, watch: () => () => undefined }
  if (process.connected) process.once('disconnect', onGone)
  else onGone()
  const tell = (message: SidecarMessage): void => {
    // A failed send means the parent is gone; 'disconnect' says so.
    if (process.connected) process.send?.(message, undefined, undefined, () => undefined)
  }
  return {
    tell,
    watch: (status) => {
      const timer = setInterval(() => {
        tell({ type: 'status', status: status() })
      }, STATUS_EVERY_MS)
      return () => {
        clearInterval(timer)
      }
    },
  }
}
