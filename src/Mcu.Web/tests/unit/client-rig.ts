import { afterEach, beforeEach, vi } from 'vitest';
import { McuClient } from '../../src/sdk';
import { FakePeer, joined, settle, socketFactory, stubBrowser } from './fakes';

// A client of each test that imports this, its sockets and peers.
export let factory: ReturnType<typeof socketFactory>;
export let peers: FakePeer[];
export let client: McuClient;

beforeEach(() => {
  vi.useFakeTimers();
  stubBrowser();
  factory = socketFactory();
  peers = [];
  client = new McuClient({
    openSocket: factory.open,
    random: () => 0,
    openPeer: () => {
      const peer = new FakePeer();
      peers.push(peer);
      return peer as unknown as RTCPeerConnection;
    },
  });
});

afterEach(() => {
  client.leave();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

export const peer = () => {
  const last = peers.at(-1);
  if (!last) throw new Error('no peer was opened');
  return last;
};

/** Joins with microphone and camera and answers the first offer. */
export async function join(message = joined(), ice = 'connected'): Promise<void> {
  await client.local.openBoth();
  const joining = client.join({ room: 'x', name: 'Me' });
  factory.current().open();
  factory.current().reply('join', message);
  await settle();
  factory.current().reply('offer', { type: 'answer', sdp: 'answer' });
  await joining;
  peer().ice(ice);
}

/** Cuts signalling and lets the client open the next connection. */
export async function cut(delayMs = 0): Promise<void> {
  factory.current().fail();
  await vi.advanceTimersByTimeAsync(delayMs);
  factory.current().open();
  await settle();
}
