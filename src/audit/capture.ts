// The capture meter: how likely a coalition is to own a majority of some target's auditors, and so its result. Auditors of
// one target are a uniform draw without replacement, hence hypergeometric; the targets of one ring are not independent,
// so the network figure is the union bound, which holds whatever the dependence. Guidance for choosing k, not a rule.

/** ln n! by summation: exact enough for networks of thousands, and no special functions. */
function logFactorials(n: number): Float64Array {
  const table = new Float64Array(n + 1)
  for (let i = 2; i <= n; i++) table[i] = (table[i - 1] ?? 0) + Math.log(i)
  return table
}

export interface Capture {
  /** Slots the coalition holds. */
  readonly coalition: number
  /** That a given honest target has a captured majority. */
  readonly target: number
  /** That any honest target has one: at most this (union bound, never above 1). */
  readonly network: number
}

/**
 * @param slots N
 * @param audits k; capped at N − 1
 * @param shareBps coalition's share of the slots in basis points, rounded down to whole slots
 */
export function captureOdds(slots: number, audits: number, shareBps: number): Capture {
  const coalition = Math.floor((slots * shareBps) / 10_000)
  const others = slots - 1
  const drawn = Math.min(audits, others)
  const honestTargets = slots - coalition
  if (drawn <= 0 || honestTargets <= 0)
    return { coalition, target: honestTargets > 0 ? 0 : 1, network: honestTargets > 0 ? 0 : 1 }
  const log = logFactorials(others)
  const choose = (n: number, m: number): number => (log[n] ?? 0) - (log[m] ?? 0) - (log[n - m] ?? 0)
  const majority = Math.floor(drawn / 2) + 1
  let target = 0
  for (let captured = majority; captured <= Math.min(drawn, coalition); captured++) {
    if (drawn - captured > others - coalition) continue
    target += Math.exp(
      choose(coalition, captured) + choose(others - coalition, drawn - captured) - choose(others, drawn),
    )
  }
  target = Math.min(1, target)
  return { coalition, target, network: Math.min(1, target * honestTargets) }
}
