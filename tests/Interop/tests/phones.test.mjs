/** Phones dial in: baresip by each transport and codec, sipp in numbers, with browsers in the room. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { eventually } from '../harness/eventually.mjs';
import { hearsOnly } from '../harness/expectations.mjs';
import { cast, withChromium } from '../harness/guests.mjs';
import { tones } from '../harness/media.mjs';
import { hasPhone, hasSipp, Phone, sipp } from '../harness/phone.mjs';
import { McuServer } from '../harness/server.mjs';

const phoneTone = tones[4];

/** @type {import('../harness/expectations.mjs').Source} */
const phoneSource = { clip: 'flower', tone: phoneTone };

describe('phones', { skip: !hasPhone && 'no baresip' }, () => {
  /** @type {McuServer} */
  let server;
  /** @type {Phone | undefined} */
  let phone;
  /** @type {Phone[]} */
  const dialled = [];

  /** @type {typeof Phone.dial} */
  async function dial(target, options) {
    const caller = await Phone.dial(target, options);
    dialled.push(caller);
    return caller;
  }

  before(async () => {
    server = await McuServer.start('phones', { environment: { MCU_SIP_CALLS_PER_MINUTE: '10000' } });
  });

  after(async () => {
    await Promise.all(dialled.map((caller) => caller.close()));
    await server?.stop();
  });

  describe('with browsers in a room', () => {
    /** @type {import('../harness/participant.mjs').Participant[]} */
    let pages = [];

    before(async () => {
      pages = await Promise.all([withChromium(cast.ada, { width: 320 }), withChromium(cast.boris, { width: 320 })]);
      for (const page of pages) await page.join(server.url, 'desk');
      phone = await dial(`sip:desk@127.0.0.1:${server.sipPort}`, { tone: phoneTone, name: '+4930123456' });
    });

    after(async () => {
      await Promise.all(pages.map((page) => page.close()));
    });

    it('each hears the other two and not itself', async (test) => {
      const caller = /** @type {Phone} */ (phone);
      test.diagnostic(`the phone hears ${await hearsOnly(() => caller.hear(3), [cast.ada, cast.boris])}`);
      test.diagnostic(`Ada hears ${await hearsOnly(() => pages[0].hear(3), [cast.boris, phoneSource])}`);
      test.diagnostic(`Boris hears ${await hearsOnly(() => pages[1].hear(3), [cast.ada, phoneSource])}`);
    });

    it('the caller is in the roster, his number masked', async () => {
      const { participants } = await server.room('desk');
      const names = participants.map((/** @type {any} */ { participant }) => participant.name);
      assert.ok(names.includes('Phone …56'), names.join());
    });

    it('on hold it neither hears nor is heard, and afterwards both', async () => {
      const caller = /** @type {Phone} */ (phone);
      await caller.command('hold');
      await hearsOnly(() => pages[0].hear(2), [cast.boris]);
      await caller.command('resume');
      await hearsOnly(() => pages[0].hear(2), [cast.boris, phoneSource]);
      // Its recording ends with the hold; that the mix reaches it again, its reports tell.
      const mix = async () => {
        const { participants } = await server.room('desk');
        return participants.find((/** @type {any} */ { participant }) => participant.name.startsWith('Phone')).receives[0];
      };
      const { packets } = await mix();
      await eventually('the mix to go on', async () => (await mix())?.packets > packets + 100);
      assert.equal((await mix()).lossFraction, 0);
    });

    it('star six mutes and unmutes', async () => {
      const caller = /** @type {Phone} */ (phone);
      const isMuted = async () => {
        const { participants } = await server.room('desk');
        return participants.find((/** @type {any} */ { participant }) => participant.name.startsWith('Phone')).participant.audio.muted;
      };
      for (const key of '*6') await caller.command('sndcode', key);
      await eventually('the phone to be muted', isMuted);
      for (const key of '*6') await caller.command('sndcode', key);
      await eventually('the phone to be heard again', async () => !(await isMuted()));
    });

    it('a host removes it: the call ends', async () => {
      const caller = /** @type {Phone} */ (phone);
      const { participants } = await server.room('desk');
      const { participant } = participants.find((/** @type {any} */ entry) => entry.participant.name.startsWith('Phone'));
      await pages[0].run((id) => /** @type {any} */ (globalThis).mcu.kick(id), participant.id);
      await eventually('the call to end', () => caller.isOver || !caller.isRunning, { describe: () => caller.log });
    });
  });

  for (const [codec, transport, mediaEncryption] of /** @type {const} */ ([
    ['pcma', 'udp'],
    ['g722', 'tcp'],
    ['opus', 'tls'],
    ['pcmu', 'tls', 'srtp-mand'],
  ])) {
    it(`${codec} over ${transport}${mediaEncryption ? ', encrypted' : ''}`, async (test) => {
      const port = transport === 'tls' ? server.sipTlsPort : server.sipPort;
      const target = `sip:codecs@127.0.0.1:${port};transport=${transport}`;
      const other = await dial(`sip:codecs@127.0.0.1:${server.sipPort}`, { tone: tones[0] });
      const caller = await dial(target, { tone: tones[1], codec, mediaEncryption });
      test.diagnostic(`hears ${await hearsOnly(() => caller.hear(2), [{ clip: 'flower', tone: tones[0] }])}`);
      test.diagnostic(`is heard ${await hearsOnly(() => other.hear(2), [{ clip: 'flower', tone: tones[1] }])}`);
      await Promise.all([caller.hangUp(), other.hangUp()]);
      await eventually('the room to be empty', async () => (await server.room('codecs')).participants.length === 0);
    });
  }

  it('a call that is cut off without a word is gone within 35 s', async () => {
    const caller = await dial(`sip:lost@127.0.0.1:${server.sipPort}`, { tone: tones[0] });
    caller.kill();
    const empty = async () => (await server.room('lost')).participants.length === 0;
    await eventually('the room to be empty', empty, { withinMs: 35_000, everyMs: 500 });
  });

  it('100 calls at 50 a second all succeed', { skip: !hasSipp && 'no sipp' }, async () => {
    for (const transport of /** @type {const} */ (['u1', 't1'])) {
      const counts = sipp(server.sipPort, { user: 'crowd', calls: 100, perSecond: 50, milliseconds: 1_000, transport });
      assert.deepEqual(counts, { successful: 100, failed: 0 }, transport);
    }
  });
});
