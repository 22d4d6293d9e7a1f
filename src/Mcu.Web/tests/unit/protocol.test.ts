import { describe, expect, it } from 'vitest';
import { parseServerMessage } from '../../src/sdk/protocol';
import { joined, participant } from './fakes';

const examples: readonly object[] = [
  joined(),
  { type: 'answer', sdp: 'v=0', re: 3 },
  { type: 'ok', re: 4 },
  { type: 'error', re: 5, code: 'room-full', title: 'Full', detail: 'Wait' },
  { type: 'participant-joined', participant: participant('a') },
  { type: 'participant-updated', participant: participant('a') },
  { type: 'participant-left', id: 'a', reason: 'left' },
  { type: 'active-speaker', participant: null },
  { type: 'active-speaker', participant: 'a' },
  { type: 'recording', recording: true },
  { type: 'layout', scope: 'me', layout: 'grid', pinned: null, page: 0, pages: 1 },
  { type: 'send', maxWidth: 320, maxHeight: 180, maxFramesPerSecond: 15, maxBitrateBps: 187_500 },
  { type: 'quality', quality: { rttMs: null, down: {}, up: {} } },
  { type: 'chat', from: 'a', name: 'A', text: 'hi', at: '2026-01-01T00:00:00Z' },
  { type: 'ping', t: 12 },
  { type: 'pong', t: 12 },
  { type: 'closed', reason: 'kicked' },
];

describe('parseServerMessage', () => {
  it.each(examples.map((example) => [JSON.stringify(example)]))('reads %s', (text) => {
    expect(parseServerMessage(text)).toEqual(JSON.parse(text));
  });

  it('refuses every truncation of every message', () => {
    for (const example of examples) {
      const text = JSON.stringify(example);
      for (let length = 0; length < text.length; length++) expect(parseServerMessage(text.slice(0, length))).toBeNull();
    }
  });

  it('refuses a message without one of the fields that are used', () => {
    const unused = new Set(['re', 'reason']);
    for (const example of examples) {
      for (const field of Object.keys(example).filter((name) => !unused.has(name))) {
        const { [field]: _, ...rest } = example as Record<string, unknown>;
        expect(parseServerMessage(JSON.stringify(rest)), `${field} of ${JSON.stringify(example)}`).toBeNull();
      }
    }
  });

  it('never throws on damaged text', () => {
    let seed = 42;
    const random = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return seed % below;
    };
    for (let round = 0; round < 3_000; round++) {
      const characters = [...JSON.stringify(examples[random(examples.length)])];
      for (let change = 0; change <= random(4); change++) characters[random(characters.length)] = String.fromCharCode(32 + random(95));
      parseServerMessage(characters.join(''));
    }
  });

  it.each([['null'], ['[]'], ['1'], ['{"type":1}'], ['{"type":"later"}'], ['{"type":"toString"}'], ['{"type":"ok","re":"1"}']])(
    'ignores %s',
    (text) => expect(parseServerMessage(text)).toBeNull(),
  );
});
