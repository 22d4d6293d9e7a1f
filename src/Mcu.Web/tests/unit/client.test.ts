import { describe, expect, it, vi } from 'vitest';
import { client, cut, factory, join, peer, peers } from './client-rig';
import { joined, participant, settle, trackOf } from './fakes';

describe('joining', () => {
  it('goes from hello over the offer to joined, oneself first in the roster', async () => {
    await join();
    expect(client.state).toMatchObject({ phase: 'joined', signalling: 'connected', media: 'connected', self: 'me', room: 'x' });
    expect(client.state.participants.map(({ id }) => id)).toEqual(['me', 'other']);
    expect(peer().transceivers.map(({ kind, direction }) => [kind, direction])).toEqual([
      ['audio', 'sendrecv'],
      ['video', 'sendrecv'],
    ]);
  });

  it('passes the token on', async () => {
    const joining = client.join({ room: 'x', name: 'Me', token: 'secret' });
    factory.current().open();
    expect(factory.current().last('join')).toMatchObject({ token: 'secret' });
    client.leave();
    await expect(joining).rejects.toMatchObject({ code: 'invalid-state' });
  });

  it('listens only, and says so, when nothing is open', async () => {
    const joining = client.join({ room: 'x', name: 'Me' });
    factory.current().open();
    factory.current().reply('join', joined());
    await settle();
    factory.current().reply('offer', { type: 'answer', sdp: 'answer' });
    await joining;
    expect(peer().transceivers.map(({ direction }) => direction)).toEqual(['recvonly', 'recvonly']);
    const mutes = factory.current().sent.filter(({ type }) => type === 'mute');
    expect(mutes).toMatchObject([
      { kind: 'audio', muted: true },
      { kind: 'video', muted: true },
    ]);
  });

  it('rejects with the reason when the room is full', async () => {
    const joining = client.join({ room: 'x', name: 'Me' });
    factory.current().open();
    factory.current().reply('join', { type: 'error', code: 'room-full', title: 'Full', detail: 'Wait' });
    await expect(joining).rejects.toMatchObject({ code: 'room-full', advice: 'Wait' });
    expect(client.state.ended?.reason).toBe('error');
  });

  it('rejects with what the server advises when it is too busy', async () => {
    const joining = client.join({ room: 'x', name: 'Me' });
    factory.current().open();
    factory.current().reply('join', { type: 'error', code: 'busy', title: 'Too busy at the moment', detail: 'Try again later' });
    await expect(joining).rejects.toMatchObject({ code: 'busy', title: 'Too busy at the moment', advice: 'Try again later' });
    expect(factory.sockets).toHaveLength(1);
  });

  it('gives up after three connections that cannot be opened', async () => {
    const joining = client.join({ room: 'x', name: 'Me' });
    const rejected = expect(joining).rejects.toMatchObject({ code: 'signalling-unreachable' });
    for (const wait of [0, 250, 0]) {
      factory.current().fail();
      await vi.advanceTimersByTimeAsync(wait);
    }
    await rejected;
    expect(factory.sockets).toHaveLength(3);
  });

  it('closes the devices of a viewer', async () => {
    await join(joined({ role: 'viewer' }));
    expect(client.local.microphone).toBeNull();
    expect(peer().transceivers.map(({ direction }) => direction)).toEqual(['recvonly', 'recvonly']);
    expect(factory.current().count('mute')).toBe(0);
  });

  it('says when sound and picture do not come through', async () => {
    const errors: string[] = [];
    client.on('error', ({ code }) => errors.push(code));
    await join(joined(), 'checking');
    for (let second = 0; second < 15; second++) {
      expect(errors).toEqual([]);
      factory.current().say({ type: 'ping', t: second });
      await vi.advanceTimersByTimeAsync(1_000);
    }
    expect(errors).toEqual(['media-failed']);
    expect(client.state.phase).toBe('joined');
  });
});

describe('losing signalling', () => {
  it('resumes with the token and leaves media alone', async () => {
    await join();
    const offers = peer().offers;
    await cut();
    expect(client.state).toMatchObject({ phase: 'joined', signalling: 'reconnecting', media: 'connected' });
    expect(factory.current().sent[0]).toMatchObject({ type: 'resume', session: 's1', resumeToken: 't1' });
    factory.current().reply('resume', joined({ resumeToken: 't2' }));
    await settle();
    expect(client.state.signalling).toBe('connected');
    expect(peers).toHaveLength(1);
    expect(peer().closed).toBe(false);
    expect(peer().offers).toBe(offers);
    await cut(250);
    expect(factory.current().sent[0]).toMatchObject({ type: 'resume', resumeToken: 't2' });
  });

  it('joins anew when the server has forgotten the session', async () => {
    await join();
    await cut();
    factory.current().reply('resume', { type: 'error', code: 'not-found', title: 'Gone', detail: 'Join' });
    await settle();
    expect(factory.current().last('join')).toMatchObject({ room: 'x', name: 'Me' });
    factory.current().reply('join', joined({ session: 's2', participant: 'me2', participants: [participant('me2')] }));
    await settle();
    expect(peers.map(({ closed }) => closed)).toEqual([true, false]);
    expect(client.state.self).toBe('me2');
  });

  it('tries again when the server cannot answer now', async () => {
    await join();
    await cut();
    factory.current().reply('resume', { type: 'error', code: 'internal', title: 'Busy', detail: 'Later' });
    await settle();
    await vi.advanceTimersByTimeAsync(250);
    factory.current().open();
    expect(factory.sockets).toHaveLength(3);
    expect(factory.current().sent[0]).toMatchObject({ type: 'resume' });
  });

  it('keeps trying to come back to a server that is too busy', async () => {
    await join();
    await cut();
    factory.current().reply('resume', { type: 'error', code: 'not-found', title: 'Gone', detail: 'Join' });
    await settle();
    factory.current().reply('join', { type: 'error', code: 'busy', title: 'Too busy', detail: 'Later' });
    await settle();
    await vi.advanceTimersByTimeAsync(1000);
    factory.current().open();
    expect(factory.current().sent[0]).toMatchObject({ type: 'join', room: 'x' });
    expect(client.state.phase).toBe('joined');
  });

  it('repeats a negotiation whose answer was lost', async () => {
    await join();
    const restart = peer().offers;
    peer().ice('disconnected');
    await settle();
    expect(peer().offers).toBe(restart + 1);
    await cut();
    factory.current().reply('resume', joined());
    await settle();
    expect(factory.current().last('offer')).toMatchObject({ sdp: `offer ${restart + 2}` });
    expect(peer().restarts.at(-1)).toBe(true);
  });

  it('tells of a mute that the server could not hear', async () => {
    await join();
    factory.current().fail();
    await client.setMicrophone(false);
    await vi.advanceTimersByTimeAsync(0);
    factory.current().open();
    factory.current().reply('resume', joined());
    await settle();
    expect(factory.current().last('mute')).toMatchObject({ kind: 'audio', muted: true });
    expect(client.state.microphone).toBe(false);
  });
});

describe('media', () => {
  it('restarts ICE at once when it is disconnected, and again while it stays so', async () => {
    await join();
    peer().ice('disconnected');
    await settle();
    expect(client.state.media).toBe('recovering');
    expect(peer().restarts).toEqual([false, true]);
    factory.current().reply('offer', { type: 'answer', sdp: 'a' });
    await settle();
    factory.current().say({ type: 'ping', t: 1 });
    await vi.advanceTimersByTimeAsync(4_000);
    expect(peer().restarts).toEqual([false, true, true]);
    peer().ice('connected');
    expect(client.state.media).toBe('connected');
    expect(peers).toHaveLength(1);
  });

  it('turns the camera on later by renegotiation, and off and on again without', async () => {
    await client.local.open('microphone');
    const joining = client.join({ room: 'x', name: 'Me' });
    factory.current().open();
    factory.current().reply('join', joined());
    await settle();
    factory.current().reply('offer', { type: 'answer', sdp: 'a' });
    await joining;
    await client.setCamera(true);
    await settle();
    expect(peer().transceivers[1]?.direction).toBe('sendrecv');
    expect(peer().offers).toBe(2);
    factory.current().reply('offer', { type: 'answer', sdp: 'a' });
    await client.setCamera(false);
    await settle();
    expect(peer().transceivers[1]?.sender.track).toBeNull();
    await client.setCamera(true);
    await settle();
    expect(peer().offers).toBe(2);
    expect(factory.current().last('mute')).toMatchObject({ kind: 'video', muted: false });
  });

  it('negotiates one at a time', async () => {
    await join();
    peer().ice('disconnected');
    await settle();
    peer().ice('failed');
    const camera = trackOf(client.local, 'camera');
    expect(camera).not.toBeNull();
    await vi.advanceTimersByTimeAsync(4_000);
    expect(peer().offers).toBe(2);
    factory.current().reply('offer', { type: 'answer', sdp: 'a' });
    await settle();
    // The restart that was answered is given its time: another one right behind it would take back what it began.
    expect(peer().offers).toBe(2);
    await vi.advanceTimersByTimeAsync(4_000);
    expect(peer().offers).toBe(3);
  });

  it('never lets a candidate overtake its offer', async () => {
    await client.local.openBoth();
    const joining = client.join({ room: 'x', name: 'Me' });
    factory.current().open();
    factory.current().reply('join', joined());
    await settle();
    peer().onicecandidate?.({ candidate: { toJSON: () => ({ candidate: 'c', sdpMid: '0', sdpMLineIndex: 0 }) } });
    peer().onicecandidate?.({ candidate: null });
    const kinds = factory.current().sent.map(({ type }) => type);
    expect(kinds.indexOf('offer')).toBeLessThan(kinds.indexOf('candidate'));
    expect(factory.current().count('candidate')).toBe(2);
    factory.current().reply('offer', { type: 'answer', sdp: 'a' });
    await joining;
  });

  it('starts over with a new session when the connection is beyond repair', async () => {
    await join();
    const first = factory.current();
    peer().connectionState = 'failed';
    peer().onconnectionstatechange?.();
    expect(first.closeCode).toBe(1_000);
    factory.current().open();
    expect(factory.current().sent[0]).toMatchObject({ type: 'join' });
  });
});

describe('the room', () => {
  it('keeps the roster, the speaker and the layout', async () => {
    await join();
    const names: string[] = [];
    client.on('participant-joined', ({ id }) => names.push(`+${id}`));
    client.on('participant-left', ({ id }) => names.push(`-${id}`));
    factory.current().say({ type: 'participant-joined', participant: participant('new') });
    factory.current().say({ type: 'active-speaker', participant: 'new' });
    factory.current().say({ type: 'layout', scope: 'me', layout: 'speaker', pinned: 'new', page: 0, pages: 1 });
    expect(client.state).toMatchObject({ activeSpeaker: 'new', layout: { layout: 'speaker', pinned: 'new' } });
    factory.current().say({ type: 'recording', recording: true });
    expect(client.state.recording).toBe(true);
    factory.current().say({ type: 'participant-left', id: 'new', reason: 'left' });
    expect(client.state.activeSpeaker).toBeNull();
    expect(names).toEqual(['+new', '-new']);
  });

  it('follows when a host mutes us, and can unmute', async () => {
    await join();
    const kinds: string[] = [];
    client.on('muted-by-room', (kind) => kinds.push(kind));
    const muted = participant('me', { audio: { sending: true, muted: true, mutedBy: 'room' } });
    factory.current().say({ type: 'participant-updated', participant: muted });
    expect(kinds).toEqual(['audio']);
    expect(client.state.microphone).toBe(false);
    expect(trackOf(client.local, 'microphone').enabled).toBe(false);
    await client.setMicrophone(true);
    expect(factory.current().last('mute')).toMatchObject({ kind: 'audio', muted: false });
  });

  it('does not take an older roster for a mute while its own unmute is under way', async () => {
    await join();
    await client.setMicrophone(false);
    factory.current().reply('mute', { type: 'ok' });
    await settle();
    await client.setMicrophone(true);
    factory
      .current()
      .say({ type: 'participant-updated', participant: participant('me', { audio: { sending: true, muted: true, mutedBy: 'self' } }) });
    expect(client.state.microphone).toBe(true);
  });

  it('keeps a muted microphone muted when another one is chosen', async () => {
    await join();
    await client.setMicrophone(false);
    await client.local.choose('microphone', 'other');
    expect(client.state.microphone).toBe(false);
    expect(trackOf(client.local, 'microphone').enabled).toBe(false);
  });

  it('sends no more of the camera than the server asks for', async () => {
    await join();
    const camera = peer().transceivers[1]?.sender;
    factory.current().say({ type: 'send', maxWidth: 320, maxHeight: 180, maxFramesPerSecond: 15, maxBitrateBps: 187_500 });
    await settle();
    expect(camera?.encodings[0]).toMatchObject({ scaleResolutionDownBy: 4, maxFramerate: 15, maxBitrate: 187_500, priority: 'low' });
    expect(peer().transceivers[0]?.sender.encodings[0]).toMatchObject({ priority: 'high' });
    expect(peer().offers).toBe(1);
  });

  it('keeps the limit for a camera that is opened later', async () => {
    await join();
    await client.setCamera(false);
    factory.current().say({ type: 'send', maxWidth: 320, maxHeight: 180, maxFramesPerSecond: 15, maxBitrateBps: 187_500 });
    await client.setCamera(true);
    await settle();
    expect(peer().transceivers[1]?.sender.encodings[0]).toMatchObject({ scaleResolutionDownBy: 4 });
  });

  it('shows what the server measured', async () => {
    await join();
    const quality = { rttMs: 80, down: { estimateBps: 96_000, picture: null }, up: {} };
    factory.current().say({ type: 'quality', quality });
    expect(client.state.serverQuality).toEqual(quality);
  });

  it.each(['kicked', 'shutdown', 'replaced'] as const)('ends when it is closed: %s', async (reason) => {
    await join();
    factory.current().say({ type: 'closed', reason });
    expect(client.state).toMatchObject({ phase: 'ended', ended: { reason } });
    expect(peer().closed).toBe(true);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(factory.sockets).toHaveLength(1);
  });

  it('leaves, and may join again', async () => {
    await join();
    const first = factory.current();
    client.leave();
    expect(first.count('leave')).toBe(1);
    expect(first.closeCode).toBe(1_000);
    await join(joined({ session: 's2' }));
    expect(client.state.phase).toBe('joined');
  });
});
