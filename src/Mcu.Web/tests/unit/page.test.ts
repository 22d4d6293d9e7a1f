import { describe, expect, it } from 'vitest';
import { parseAddress, randomRoomName, toRoomName, withoutToken } from '../../src/page/address';
import { splitLinks } from '../../src/page/chat-text';
import { suggestsSaving } from '../../src/page/data-saving';
import { initials } from '../../src/page/initials';
import { shortcutFor, takesText } from '../../src/page/shortcuts';
import { bitrate, toSections } from '../../src/page/statistics-text';
import { describeParticipant, type ToolbarInput, toolbarButtons } from '../../src/page/toolbar-state';
import { StatisticsReader } from '../../src/sdk/statistics';
import { participant } from './fakes';

describe('address', () => {
  it('reads the room and all parameters', () => {
    const address = parseAddress(new URL('http://h/r/caf%C3%A9?name=Ana%20S&autojoin=1&camera=0&microphone=0&token=abc'));
    expect(address).toEqual({ room: 'café', name: 'Ana S', token: 'abc', autojoin: true, camera: false, microphone: false });
  });

  it('defaults to devices on and no automatic join', () => {
    expect(parseAddress(new URL('http://h/r/x'))).toEqual({
      room: 'x',
      name: null,
      token: null,
      autojoin: false,
      camera: true,
      microphone: true,
    });
    expect(parseAddress(new URL('http://h/')).room).toBeNull();
    expect(parseAddress(new URL('http://h/r/%E0%A4%A')).room).toBe('%E0%A4%A');
  });

  it('takes the token, and only the token, out of the visible address', () => {
    expect(withoutToken(new URL('http://h/r/x?name=A&token=secret&autojoin=1'))).toBe('http://h/r/x?name=A&autojoin=1');
  });

  it.each([
    ['  Team Weekly ', 'team-weekly'],
    ['Café Zürich', 'cafe-zurich'],
    ['_a_b-', 'a_b'],
    ['会議', null],
    ['a/b?c#d', 'a-b-c-d'],
    ['  ', null],
    ['//', null],
    ['x'.repeat(80), 'x'.repeat(64)],
  ])('makes a room name of "%s"', (text, name) => expect(toRoomName(text)).toBe(name));

  it('makes random names that need no escaping', () => {
    const name = randomRoomName((count) => Uint8Array.from({ length: count }, (_, index) => index * 37));
    expect(name).toMatch(/^[a-z]+-[a-z]+-[a-z2-9]{6}$/);
  });
});

describe('toolbar', () => {
  const input: ToolbarInput = {
    state: { microphone: true, camera: true, screen: false, signalling: 'connected', role: 'guest', participants: [participant('me')] },
    panel: null,
    unread: 0,
    canShareScreen: true,
  };
  const button = (change: Partial<ToolbarInput>, id: string) => toolbarButtons({ ...input, ...change }).find((entry) => entry.id === id);

  it('has every control in a fixed order', () => {
    expect(toolbarButtons(input).map(({ id }) => id)).toEqual([
      'microphone',
      'camera',
      'screen',
      'layout',
      'people',
      'chat',
      'more',
      'leave',
    ]);
  });

  it('says what a press will do, not what is', () => {
    expect(button({}, 'microphone')).toMatchObject({ action: 'Mute the microphone', off: false });
    expect(button({ state: { ...input.state, microphone: false } }, 'microphone')).toMatchObject({
      action: 'Unmute the microphone',
      off: true,
    });
    expect(button({ state: { ...input.state, screen: true } }, 'screen')).toMatchObject({
      action: 'Stop sharing your screen',
      active: true,
    });
  });

  it('hides what a phone or a viewer cannot do', () => {
    expect(button({ canShareScreen: false }, 'screen')).toBeUndefined();
    expect(toolbarButtons({ ...input, state: { ...input.state, role: 'viewer' } }).map(({ id }) => id)).toEqual([
      'layout',
      'people',
      'chat',
      'more',
      'leave',
    ]);
  });

  it('shows unread messages and the open panel', () => {
    expect(button({ unread: 3 }, 'chat')).toMatchObject({ badge: 3, action: 'Open the chat (3 unread)' });
    expect(button({ panel: 'people' }, 'people')?.active).toBe(true);
  });

  it('does not offer the layout while the server cannot be reached', () => {
    const state = { ...input.state, signalling: 'reconnecting' as const };
    expect(button({ state }, 'layout')?.disabled).toBe(true);
    expect(button({ state }, 'microphone')?.disabled).toBe(false);
  });
});

describe('shortcuts', () => {
  const press = { key: 'm', ctrlKey: false, metaKey: false, altKey: false, repeat: false, typing: false };

  it('knows its keys, in either case', () => {
    expect(shortcutFor(press, true)).toBe('microphone');
    expect(shortcutFor({ ...press, key: 'C' }, true)).toBe('chat');
    expect(shortcutFor({ ...press, key: '?' }, true)).toBe('help');
    expect(shortcutFor({ ...press, key: 'x' }, true)).toBeNull();
  });

  it.each([{ typing: true }, { ctrlKey: true }, { metaKey: true }, { altKey: true }, { repeat: true }])('is quiet with %o', (change) => {
    expect(shortcutFor({ ...press, ...change }, true)).toBeNull();
  });

  it('can be switched off, but Escape stays', () => {
    expect(shortcutFor(press, false)).toBeNull();
    expect(shortcutFor({ ...press, key: 'Escape', typing: true }, false)).toBe('close');
  });

  it('takes text fields and lists for typing, switches not', () => {
    expect(takesText({ tagName: 'TEXTAREA' })).toBe(true);
    expect(takesText({ tagName: 'SELECT' })).toBe(true);
    expect(takesText({ tagName: 'INPUT', type: 'text' })).toBe(true);
    expect(takesText({ tagName: 'INPUT', type: 'checkbox' })).toBe(false);
    expect(takesText({ tagName: 'BUTTON' })).toBe(false);
    expect(takesText(null)).toBe(false);
  });
});

describe('words', () => {
  it('describes participants', () => {
    expect(describeParticipant(participant('me', { role: 'host' }), 'me')).toBe('You · Host');
    expect(describeParticipant(participant('a', { screen: true, audio: { sending: true, muted: true, mutedBy: 'room' } }), 'me')).toBe(
      'Sharing the screen · Muted by a host',
    );
  });

  it.each([
    ['Ana Souza', 'AS'],
    ['ana', 'A'],
    ['  ', '?'],
    ['Jean Luc Picard', 'JP'],
    ['𝒳 y', '𝒳Y'],
  ])('initials of "%s"', (name, letters) => expect(initials(name)).toBe(letters));

  it('finds links and leaves the punctuation after them', () => {
    expect(splitLinks('see https://a.example/b, or (http://c.example).')).toEqual([
      { text: 'see ', link: false, start: 0 },
      { text: 'https://a.example/b', link: true, start: 4 },
      { text: ', or (', link: false, start: 23 },
      { text: 'http://c.example', link: true, start: 29 },
      { text: ').', link: false, start: 45 },
    ]);
    expect(splitLinks('javascript:alert(1)')).toEqual([{ text: 'javascript:alert(1)', link: false, start: 0 }]);
  });

  it('writes bit rates for people and leaves out what is not known', () => {
    expect(bitrate(1_540_000)).toBe('1.5 Mbit/s');
    expect(bitrate(64_000)).toBe('64 kbit/s');
    expect(toSections(new StatisticsReader().read([]), null)).toEqual([]);
  });

  it('shows what the server measured beside what the browser did', () => {
    const server = {
      rttMs: 90,
      down: { estimateBps: 96_000, bitrateBps: 0, lossFraction: null, jitterMs: null, queueDelayMs: 12.4, picture: null },
      up: { bitrateBps: 0, lossFraction: null, jitterMs: null, delayMs: 61.3, concealedFraction: 0.004 },
    };
    const sentAudio = { codec: 'opus', bitrateBps: 32_000, lossRatio: null, jitterMs: null };
    const rows = toSections({ ...new StatisticsReader().read([]), sentAudio }, server).flatMap((section) => section.rows);
    expect(rows).toEqual([
      ['Carries to you', '96 kbit/s'],
      ['Waits in the server', '12 ms'],
      ['Codec', 'Opus'],
      ['Bit rate', '32 kbit/s'],
      ['Held by the server', '61 ms'],
      ['Repaired by the server', '0.4 %'],
    ]);
  });

  it('suggests to save data where the device asks for it and nothing was chosen', () => {
    expect(suggestsSaving({ saveData: true }, null, 'full')).toBe(true);
    expect(suggestsSaving({ saveData: true }, 'full', 'full')).toBe(false);
    expect(suggestsSaving({ saveData: true }, null, 'audio-only')).toBe(false);
    expect(suggestsSaving({ saveData: false }, null, 'full')).toBe(false);
    expect(suggestsSaving(undefined, null, 'full')).toBe(false);
  });
});
