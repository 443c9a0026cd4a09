// What may be shown of a value that can hold credentials: of a URL its scheme and host, of anything else nothing. Whatever
// leaves the process as text goes through `hideUrls`: errors of libraries quote the addresses they failed on.

const HIDDEN = '…'

/** https://user:password@host/key?token=1 → https://host/… */
export function redactText(text: string): string {
  const url = URL.parse(text)
  if (!url?.host) return HIDDEN
  const bare =
    url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '' && url.password === ''
  return `${url.protocol}//${url.host}${bare ? '' : `/${HIDDEN}`}`
}

/** A knob's value as it may be shown. */
export function redact(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(redact)
  return typeof value === 'string' && value !== '' ? redactText(value) : value
}

/** `text` with every http, https, ws or wss URL in it as `redactText` shows it. */
export const hideUrls = (text: string): string =>
  text.replaceAll(/\b(?:https?|wss?):\/\/[^\s"'`<>\\]*[^\s"'`<>\\),.;:\]]/gi, redactText)
