// The outbox of whoever only looks: adapters want one, and nothing is ever sent.

import { Fault } from '../core/errors.ts'
import type { Outbox } from './outbox.ts'

export const noOutbox: Outbox = {
  sender: `0x${'00'.repeat(20)}`,
  start: async () => undefined,
  submit: async () => Promise.reject(new Fault('read-only', 'this command sends no transactions')),
  unfinished: () => [],
  transactions: () => [],
  stop: async () => undefined,
}
