/** What the address bar asks for. */
export interface Address {
  /** Null on the home page. */
  readonly room: string | null;
  readonly name: string | null;
  readonly token: string | null;
  /** Join without a click. */
  readonly autojoin: boolean;
  readonly camera: boolean;
  readonly microphone: boolean;
}

/** Reads `/` and `/r/{room}?name=…&autojoin=1&camera=0&microphone=0&token=…`. */
export function parseAddress(url: URL): Address {
  const match = /^\/r\/([^/]+)\/?$/.exec(url.pathname);
  const flag = (name: string, otherwise: boolean): boolean => {
    const value = url.searchParams.get(name);
    return value === null ? otherwise : value !== '0' && value !== 'false';
  };
  return {
    room: match?.[1] ? decode(match[1]) : null,
    name: url.searchParams.get('name')?.trim() || null,
    token: url.searchParams.get('token') || null,
    autojoin: flag('autojoin', false),
    camera: flag('camera', true),
    microphone: flag('microphone', true),
  };
}

/** The address without the token, which must not stay where it can be read over a shoulder or copied along. */
export function withoutToken(url: URL): string {
  const clean = new URL(url);
  clean.searchParams.delete('token');
  return clean.href;
}

export function roomAddress(origin: string, room: string): string {
  return `${origin}/r/${encodeURIComponent(room)}`;
}

/** What people type, made a room name: letters a-z, digits, hyphens and underscores. Null when nothing is left. */
export function toRoomName(text: string): string | null {
  const name = text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, '-')
    .replace(/^[-_]+|-+$/g, '')
    .slice(0, 64);
  return name || null;
}

const adjectives = [
  'amber',
  'brisk',
  'calm',
  'clear',
  'coral',
  'early',
  'gentle',
  'golden',
  'green',
  'lively',
  'lucky',
  'mellow',
  'quiet',
  'silver',
  'sunny',
  'warm',
];
const nouns = [
  'bay',
  'birch',
  'brook',
  'cedar',
  'cliff',
  'field',
  'forest',
  'garden',
  'harbor',
  'lake',
  'maple',
  'meadow',
  'orchard',
  'river',
  'shore',
  'valley',
];

/** A readable room name that nobody guesses: two words and four characters from `random` (values 0…255). */
export function randomRoomName(random: (count: number) => Uint8Array): string {
  const [first = 0, second = 0, ...rest] = random(8);
  const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789';
  const code = rest.map((value) => alphabet[value % alphabet.length]).join('');
  return `${adjectives[first % adjectives.length]}-${nouns[second % nouns.length]}-${code}`;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
