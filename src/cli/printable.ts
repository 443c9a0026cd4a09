// Texts that strangers wrote to a chain, for somebody's terminal: what moves the cursor, hides or turns words around is
// shown as a mark instead.

/** Control and format characters, line and paragraph separators; line breaks stay when asked for. */
const UNSEEN = /[\p{Cc}\p{Cf}\u2028\u2029]/gu

/** One line. */
export const printable = (text: string): string => text.replaceAll(UNSEEN, '\uFFFD')

/** With its line breaks. */
export const printableLines = (text: string): readonly string[] => text.split(/\r?\n/).map(printable)
