/** Clients that have no video codec in common, in one room. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { hearsOnly, seesOnly } from '../harness/expectations.mjs';
import { cast, withChromium, withFirefox, without } from '../harness/guests.mjs';
import { ScriptedClient } from '../harness/scripted-client.mjs';
import { McuServer, outerAddress } from '../harness/server.mjs';

const room = 'mixed';

/** Of canvas and cameras: three browsers and aiortc are all that two cores can carry. */
const frameRate = 6;
const width = 320;

describe('Chromium with H.264 and G.722 only, Chromium with VP9 only, Firefox, and aiortc in one room', () => {
  const people = outerAddress() ? [cast.ada, cast.boris, cast.mei, cast.omar] : [cast.ada, cast.boris, cast.mei];
  /** @type {McuServer} */
  let server;
  /** @type {import('../harness/participant.mjs').Participant[]} */
  let pages = [];
  /** @type {ScriptedClient | undefined} */
  let aiortc;

  before(async () => {
    server = await McuServer.start('mixed', { environment: { MCU_CONFERENCE_FRAMES_PER_SECOND: `${frameRate}` } });
    pages = await Promise.all([
      withChromium(cast.ada, { videoCodec: 'H264', audioCodec: 'G722', frameRate, width }),
      withChromium(cast.boris, { videoCodec: 'VP9', frameRate, width }),
      withFirefox(cast.mei, { frameRate }),
    ]);
    for (const page of pages) await page.join(server.url, room);
    // aiortc uses no loopback addresses; without another one the room has three.
    if (outerAddress()) aiortc = await ScriptedClient.join('aiortc', `${server.url}/api/v1/rooms/${room}/sessions?name=aiortc`, cast.omar);
  });

  after(async () => {
    aiortc?.kill();
    await Promise.all(pages.map((page) => page.close()));
    await server?.stop();
  });

  it('each page receives one composite and one mix, in a codec it has', async () => {
    const expected = [/^video\/H264$/i, /^video\/VP9$/i, /^video\/VP[89]$/i];
    for (const [index, page] of pages.entries()) {
      const streams = await page.inbound();
      assert.deepEqual(streams.map(({ kind }) => kind).sort(), ['audio', 'video'], page.name);
      assert.match(streams.find(({ kind }) => kind === 'video').mimeType, expected[index], page.name);
    }
    assert.match((await pages[0].inbound()).find(({ kind }) => kind === 'audio').mimeType, /G722/i);
  });

  it('each page hears the others and never itself', async (test) => {
    for (const [index, page] of pages.entries()) {
      test.diagnostic(`${page.name} hears ${await hearsOnly(() => page.hear(3), without(people, people[index]))}`);
    }
  });

  it('each page sees the others in tiles that match their clips', async (test) => {
    for (const [index, page] of pages.entries()) {
      const told = await seesOnly(() => page.see(`mixed-composite-${index + 1}`), without(people, people[index]));
      test.diagnostic(`${page.name} sees ${told}`);
    }
  });

  it('aiortc hears and sees the others', { skip: outerAddress() ? false : 'this machine has only loopback' }, async (test) => {
    const client = /** @type {ScriptedClient} */ (aiortc);
    test.diagnostic(`hears ${await hearsOnly(() => client.hear(3), without(people, cast.omar))}`);
    test.diagnostic(`sees ${await seesOnly(() => client.see(), without(people, cast.omar))}`);
    assert.equal(await client.leave(), 200);
  });
});
