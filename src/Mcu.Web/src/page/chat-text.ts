export interface TextPart {
  readonly text: string;
  readonly link: boolean;
  /** Offset in the whole text. */
  readonly start: number;
}

/** Splits a text at its http and https addresses; punctuation after an address is not part of it. */
export function splitLinks(text: string): readonly TextPart[] {
  const parts: TextPart[] = [];
  let at = 0;
  for (const match of text.matchAll(/https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]']/g)) {
    if (match.index > at) parts.push({ text: text.slice(at, match.index), link: false, start: at });
    parts.push({ text: match[0], link: true, start: match.index });
    at = match.index + match[0].length;
  }
  if (at < text.length) parts.push({ text: text.slice(at), link: false, start: at });
  return parts;
}
