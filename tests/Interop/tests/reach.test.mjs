/** Networks that carry no UDP, only a relay, or change under the call. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../harness/eventually.mjs';
import { hearsOnly, seesOnly } from '../harness/expectations.mjs';
import { cast, withChromium } from '../harness/guests.mjs';
import { MediaRelay, SignallingRelay } from '../harness/relays.mjs';
import { McuServer } from '../harness/server.mjs';
import { hasTurnServer, TurnServer } from '../harness/turn.mjs';

/** @typedef {import('../harness/participant.mjs').Participant} Participant */

const camera = { width: 320 };
const small = { MCU_CONFERENCE_WIDTH: '320', MCU_CONFERENCE_HEIGHT: '180', MCU_CONFERENCE_VIDEO_KBPS: '400' };
const turnSecret = 'shared-by-server-and-coturn-in-tests';

/** In functions sent to the page. */
const mcu = /** @type {any} */ (null);

describe('a participant that UDP does not reach', () => {
  /** @type {McuServer} */
  let server;
  /** @type {Participant} */
  let other;
  /** @type {Participant | undefined} */
  let guest;
  /** @type {TurnServer | undefined} */
  let turn;

  before(async () => {
    turn = hasTurnServer ? await TurnServer.start(turnSecret) : undefined;
    const iceServers = turn && `turn:127.0.0.1:${turn.port}?transport=udp,turn:127.0.0.1:${turn.port}?transport=tcp`;
    /** @type {Record<string, string>} */
    const relayed = iceServers ? { MCU_ICE_SERVERS: iceServers, MCU_TURN_SECRET: turnSecret } : {};
    server = await McuServer.start('reach', { environment: { ...small, ...relayed } });
    other = await withChromium(cast.ada, camera);
    await other.join(server.url, 'reach');
  });

  after(async () => {
    await Promise.all([guest?.close(), other?.close()]);
    await server?.stop();
    await turn?.stop();
  });

  it('joins over TCP, on the same port', async (test) => {
    guest = await withChromium(cast.boris, { ...camera, tcpOnly: true });
    await guest.join(server.url, 'reach');
    const pair = await selectedPair(guest);
    assert.equal(pair.local.protocol, 'tcp');
    assert.equal(pair.remote.port, server.mediaPort);
    test.diagnostic(`hears ${await hearsOnly(() => /** @type {Participant} */ (guest).hear(3), [cast.ada])}`);
    test.diagnostic(`is heard ${await hearsOnly(() => other.hear(3), [cast.boris])}`);
    test.diagnostic(`sees ${await seesOnly(() => /** @type {Participant} */ (guest).see('tcp-composite'), [cast.ada])}`);
    await guest.close();
    guest = undefined;
  });

  it('joins through a TURN server, with credentials from the server', { skip: !hasTurnServer && 'no coturn' }, async (test) => {
    guest = await withChromium(cast.boris, { ...camera, relayOnly: true });
    await guest.join(server.url, 'reach');
    const pair = await selectedPair(guest);
    assert.equal(pair.local.candidateType, 'relay');
    assert.ok(/** @type {TurnServer} */ (turn).allocations.made > 0);
    test.diagnostic(`hears ${await hearsOnly(() => /** @type {Participant} */ (guest).hear(3), [cast.ada])}`);
    test.diagnostic(`sees ${await seesOnly(() => /** @type {Participant} */ (guest).see('turn-composite'), [cast.ada])}`);
  });
});

describe('a participant whose network changes', () => {
  /** @type {McuServer} */
  let server;
  /** @type {Participant} */
  let guest;
  /** @type {Participant} */
  let other;
  /** @type {SignallingRelay} */
  let signalling;
  /** @type {MediaRelay} */
  let media;

  before(async () => {
    server = await McuServer.start('network-change', { environment: small });
    signalling = await SignallingRelay.before(server.url);
    media = await MediaRelay.before(server.mediaPort);
    const mediaPort = { from: server.mediaPort, to: media.port };
    [guest, other] = await Promise.all([withChromium(cast.mei, { mediaPort, ...camera }), withChromium(cast.ada, camera)]);
    await other.join(server.url, 'change');
    await guest.join(signalling.url, 'change');
  });

  after(async () => {
    await Promise.all([guest?.close(), other?.close()]);
    signalling?.close();
    media?.close();
    await server?.stop();
  });

  /**
   * Leaves one network and, after a while, arrives in another; tells how long, from then on, no new picture was received.
   * @param {{ outageMs: number, isTold: boolean }} how the browser says that it is online again, or does not
   */
  async function change({ outageMs, isTold }) {
    const { self } = await guest.state();
    signalling.leave();
    media.leave();
    await delay(outageMs);
    // What was on its way is shown all the same, a little later.
    if (outageMs === 0) await delay(200);
    const before = await received(guest);
    signalling.arrive();
    media.arrive();
    const arrived = performance.now();
    if (isTold) await guest.run(() => window.dispatchEvent(new Event('online')));
    await eventually('pictures over the new network', async () => (await received(guest)) > before, { everyMs: 20 });
    const took = performance.now() - arrived;
    await eventually('signalling over the new network', async () => (await guest.state()).signalling === 'connected');
    assert.equal((await guest.state()).self, self, 'the session is the same');
    return took;
  }

  it('goes on within 2 s of being online again', async (test) => {
    for (let round = 1; round <= 3; round++) {
      const took = await change({ outageMs: 3_000, isTold: true });
      test.diagnostic(`${took.toFixed(0)} ms`);
      assert.ok(took < 2_000, `${took} ms`);
    }
  });

  it('goes on within 8 s when nothing tells the browser that its network is another', async (test) => {
    for (let round = 1; round <= 3; round++) {
      const took = await change({ outageMs: 0, isTold: false });
      test.diagnostic(`${took.toFixed(0)} ms`);
      assert.ok(took < 8_000, `${took} ms`);
    }
  });
});

/**
 * Frames decoded so far.
 * @param {Participant} participant
 * @returns {Promise<number>}
 */
async function received(participant) {
  return (await participant.inbound()).find(({ kind }) => kind === 'video').framesDecoded;
}

/**
 * The candidates by which media goes.
 * @param {Participant} participant
 * @returns {Promise<{ local: any, remote: any }>}
 */
async function selectedPair(participant) {
  return participant.run(async () => {
    const report = await mcu.connection.getStats();
    const transport = [...report.values()].find((stat) => stat.type === 'transport');
    const pair = report.get(transport.selectedCandidatePairId);
    return { local: report.get(pair.localCandidateId), remote: report.get(pair.remoteCandidateId) };
  });
}
