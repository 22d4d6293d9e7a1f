/** Three Chromium pages in a room: the first call. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { hearsOnly, seesOnly, showsNames } from '../harness/expectations.mjs';
import { cast, withChromium, without } from '../harness/guests.mjs';
import { clipOrigin } from '../harness/media.mjs';
import { McuServer } from '../harness/server.mjs';

describe(`three Chromium pages in a room, fed with ${clipOrigin}`, () => {
  const people = [cast.ada, cast.boris, cast.mei];
  /** @type {McuServer} */
  let server;
  /** @type {import('../harness/participant.mjs').Participant[]} */
  let participants = [];

  before(async () => {
    server = await McuServer.start('three-browsers');
    // One speaks in bursts, so that sounds that come and go are among those that stay.
    participants = await Promise.all(people.map((who) => withChromium(who, { bursts: who === cast.boris })));
    for (const participant of participants) await participant.join(server.url, 'first-call');
  });

  after(async () => {
    await Promise.all(participants.map((participant) => participant.close()));
    await server?.stop();
  });

  it('each receives exactly one audio and one video stream', async () => {
    for (const participant of participants) {
      const kinds = (await participant.inbound()).map(({ kind }) => kind);
      assert.deepEqual(kinds.sort(), ['audio', 'video'], participant.name);
    }
  });

  it('each hears the others and never itself', async (test) => {
    for (const [index, participant] of participants.entries()) {
      const told = await hearsOnly(() => participant.hear(3), without(people, people[index]));
      test.diagnostic(`${participant.name} hears ${told}`);
    }
  });

  it('each sees the others in tiles that match their clips, and not itself', async (test) => {
    for (const [index, participant] of participants.entries()) {
      const told = await seesOnly(() => participant.see(`three-composite-${index + 1}`), without(people, people[index]));
      test.diagnostic(`${participant.name} sees ${told}`);
    }
  });

  it('names are on the tiles', async (test) => {
    for (const [index, participant] of participants.entries()) {
      const told = await showsNames(() => participant.see(`three-names-${index + 1}`), without(people, people[index]));
      test.diagnostic(`${participant.name} sees names: ${told}`);
      await participant.screenshot(`three-page-${index + 1}`);
    }
  });

  it('the room tells who is in it, what each sends and receives', async () => {
    const room = await server.room('first-call');
    const sent = room.participants.map((/** @type {any} */ entry) => [entry.participant.name, entry.sends.length, entry.receives.length]);
    assert.deepEqual(sent.sort(), people.map(({ name }) => [name, 2, 2]).sort());
    assert.ok(room.renditions.length > 0);
  });

  it('no page complains', () => {
    for (const { name, complaints } of participants) assert.deepEqual(complaints, [], name);
  });
});
