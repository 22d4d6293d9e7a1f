import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { McuError } from '../../src/sdk';
import { Signalling, silenceMs, stableMs } from '../../src/sdk/signalling';
import { joined, settle, socketFactory } from './fakes';

let factory: ReturnType<typeof socketFactory>;
let signalling: Signalling;
let ready: number;

beforeEach(async () => {
  vi.useFakeTimers();
  factory = socketFactory();
  signalling = new Signalling({
    url: 'ws://host/api/v1/ws',
    hello: () => ({ type: 'join', room: 'x', name: 'Me' }),
    openSocket: factory.open,
    random: () => 0,
  });
  ready = 0;
  signalling.on('ready', () => ready++);
  signalling.open();
  await connect();
});

afterEach(() => {
  signalling.close();
  vi.useRealTimers();
});

async function connect(): Promise<void> {
  factory.current().open();
  factory.current().reply('join', joined());
  await settle();
}

describe('Signalling', () => {
  it('says hello first and is ready when it is answered', () => {
    expect(factory.current().sent[0]).toMatchObject({ type: 'join', room: 'x', name: 'Me', id: 1 });
    expect(ready).toBe(1);
    expect(signalling.ready).toBe(true);
  });

  it('matches replies to requests by number, in any order', async () => {
    const first = signalling.request({ type: 'chat', text: 'a' });
    const second = signalling.request({ type: 'offer', sdp: 'b' });
    const [chat, offer] = [factory.current().last('chat'), factory.current().last('offer')];
    factory.current().say({ type: 'answer', sdp: 'c', re: offer.id });
    factory.current().say({ type: 'ok', re: chat.id });
    expect(await second).toMatchObject({ type: 'answer', sdp: 'c' });
    expect(await first).toMatchObject({ type: 'ok' });
  });

  it('rejects with the code, title and detail of an error', async () => {
    const request = signalling.request({ type: 'kick', participant: 'a' });
    factory.current().reply('kick', { type: 'error', code: 'forbidden', title: 'Not you', detail: 'Ask a host' });
    await expect(request).rejects.toMatchObject({ code: 'forbidden', title: 'Not you', advice: 'Ask a host' });
  });

  it('rejects a request that is not answered', async () => {
    const request = signalling.request({ type: 'chat', text: 'a' });
    const rejected = expect(request).rejects.toMatchObject({ code: 'timeout' });
    for (let second = 0; second < 10; second++) {
      factory.current().say({ type: 'ping', t: second });
      await vi.advanceTimersByTimeAsync(1_000);
    }
    await rejected;
  });

  it('pings every 2 s and answers pings', async () => {
    await vi.advanceTimersByTimeAsync(4_100);
    expect(factory.current().count('ping')).toBe(2);
    factory.current().say({ type: 'ping', t: 77 });
    expect(factory.current().last('pong')).toEqual({ type: 'pong', t: 77 });
  });

  it('takes a connection for dead after 6 s of silence, keeps the session and reconnects at once', async () => {
    const dead = factory.current();
    await vi.advanceTimersByTimeAsync(silenceMs - 1);
    expect(factory.sockets).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(2);
    expect(dead.closeCode).toBe(4_000);
    expect(factory.sockets).toHaveLength(2);
  });

  it('lives as long as it hears anything', async () => {
    for (let second = 0; second < 20; second++) {
      factory.current().say({ type: 'pong', t: 1 });
      await vi.advanceTimersByTimeAsync(1_000);
    }
    expect(factory.sockets).toHaveLength(1);
  });

  it('rejects what was under way when the connection is lost', async () => {
    const request = signalling.request({ type: 'chat', text: 'a' });
    factory.current().fail();
    await expect(request).rejects.toBeInstanceOf(McuError);
    await expect(signalling.request({ type: 'chat', text: 'b' })).rejects.toMatchObject({ code: 'signalling-lost' });
    expect(signalling.notify({ type: 'candidate', candidate: null })).toBe(false);
  });

  it('waits longer after each failure, and not at all after a stable connection', async () => {
    const attempts: number[] = [];
    signalling.on('down', ({ attempt }) => attempts.push(attempt));
    factory.current().fail();
    await vi.advanceTimersByTimeAsync(0);
    factory.current().fail();
    await vi.advanceTimersByTimeAsync(249);
    expect(factory.sockets).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(factory.sockets).toHaveLength(3);
    expect(attempts).toEqual([1, 2]);
    await connect();
    factory.current().say({ type: 'ping', t: 1 });
    await vi.advanceTimersByTimeAsync(stableMs);
    factory.current().fail();
    await vi.advanceTimersByTimeAsync(0);
    expect(factory.sockets).toHaveLength(4);
    expect(attempts).toEqual([1, 2, 1]);
  });

  it('gives up a connection that does not open within 6 s', async () => {
    factory.current().fail();
    await vi.advanceTimersByTimeAsync(0);
    await vi.advanceTimersByTimeAsync(silenceMs + 250);
    expect(factory.sockets).toHaveLength(3);
  });

  it('survives an address that cannot be opened', async () => {
    const broken = new Signalling({
      url: 'ws://host',
      hello: () => ({ type: 'join', room: 'x', name: 'Me' }),
      openSocket: () => {
        throw new SyntaxError('bad address');
      },
    });
    const down = vi.fn();
    broken.on('down', down);
    broken.open();
    expect(down).toHaveBeenCalledTimes(1);
    broken.close();
  });

  it('leaves with code 1000 and does not come back', async () => {
    signalling.close();
    expect(factory.current().closeCode).toBe(1_000);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(factory.sockets).toHaveLength(1);
  });

  it('ignores text that is not a message of ours', () => {
    const message = vi.fn();
    signalling.on('message', message);
    factory.current().onmessage?.({ data: 'nonsense' });
    factory.current().onmessage?.({ data: new ArrayBuffer(4) });
    expect(message).not.toHaveBeenCalled();
  });
});
