import { beforeEach, describe, expect, it, vi } from 'vitest';
import { client, factory, join, peer } from './client-rig';
import { joined, participant, settle } from './fakes';

describe('the limit of what is received', () => {
  it('is told when it is chosen', async () => {
    await join();
    expect(factory.current().count('receive')).toBe(0);
    const told = client.setReceiveLimit('save-data');
    factory.current().reply('receive', { type: 'ok' });
    await told;
    expect(factory.current().last('receive')).toMatchObject({ limit: 'save-data' });
    expect(client.state.receiveLimit).toBe('save-data');
  });

  it('may be chosen before joining', async () => {
    await client.setReceiveLimit('audio-only');
    await join();
    expect(factory.current().last('receive')).toMatchObject({ limit: 'audio-only' });
  });

  it('is told again to a new session, and after signalling was lost', async () => {
    await join();
    factory.current().fail();
    await client.setReceiveLimit('audio-only');
    await vi.advanceTimersByTimeAsync(0);
    factory.current().open();
    factory.current().reply('resume', joined());
    await settle();
    expect(factory.current().last('receive')).toMatchObject({ limit: 'audio-only' });
  });

  it('follows a host, but no roster older than one’s own choice', async () => {
    await join();
    factory.current().say({ type: 'participant-updated', participant: participant('me', { receiveLimit: 'audio-only' }) });
    expect(client.state.receiveLimit).toBe('audio-only');
    const told = client.setReceiveLimit('full');
    factory.current().say({ type: 'participant-updated', participant: participant('me', { receiveLimit: 'audio-only' }) });
    expect(client.state.receiveLimit).toBe('full');
    factory.current().reply('receive', { type: 'ok' });
    await told;
  });

  it('tells of a refusal', async () => {
    await join();
    const told = client.setReceiveLimit('save-data');
    factory.current().reply('receive', { type: 'error', code: 'bad-request', title: 'No', detail: 'Not so.' });
    await expect(told).rejects.toMatchObject({ code: 'bad-request' });
  });
});

describe('a network that changes unnoticed', () => {
  beforeEach(async () => {
    await join();
    peer().stats = [{ id: 'T', type: 'transport', bytesReceived: 5_000 } as { id: string; type: string }];
    peer().played = 1;
    await vi.advanceTimersByTimeAsync(500);
  });

  /** Lets time pass while the server is heard, or not. */
  async function pass(ms: number, heard: boolean): Promise<void> {
    for (let elapsed = 0; elapsed < ms; elapsed += 250) {
      await vi.advanceTimersByTimeAsync(250);
      if (heard) factory.current().say({ type: 'ping', t: elapsed });
    }
  }

  it('restarts ICE when nothing arrives though signalling answers', async () => {
    await pass(4_250, true);
    expect(peer().restarts).toEqual([false]);
    await pass(500, true);
    expect(peer().restarts).toEqual([false, true]);
    expect(factory.sockets).toHaveLength(1);
  });

  it('gives up signalling that does not answer either, and repeats the offer over the next one', async () => {
    await pass(3_000, false);
    expect(factory.sockets).toHaveLength(2);
    factory.current().open();
    factory.current().reply('resume', joined({ iceServers: [{ urls: 'turn:relay', username: 'u', credential: 'new' }] }));
    await settle();
    expect(factory.current().count('offer')).toBe(1);
    expect(peer().restarts.at(-1)).toBe(true);
    expect(peer().configuration.iceServers?.[0]?.credential).toBe('new');
  });

  it('does nothing while something arrives', async () => {
    for (let round = 0; round < 40; round++) {
      peer().played = round;
      await pass(500, true);
    }
    expect(peer().restarts).toEqual([false]);
    expect(factory.sockets).toHaveLength(1);
  });
});
