/** What participants choose to see, each for itself and a host for all. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { eventually } from '../harness/eventually.mjs';
import { seesLarge, seesOnly } from '../harness/expectations.mjs';
import { cast, withChromium } from '../harness/guests.mjs';
import { McuServer } from '../harness/server.mjs';

/** In functions sent to the page. */
const mcu = /** @type {any} */ (null);

describe('in a call of three Chromium pages', () => {
  /** @type {McuServer} */
  let server;
  /** @type {import('../harness/participant.mjs').Participant} */
  let ada;
  /** @type {import('../harness/participant.mjs').Participant} */
  let boris;
  /** @type {import('../harness/participant.mjs').Participant} */
  let mei;

  before(async () => {
    server = await McuServer.start('layout-choices');
    [ada, boris, mei] = await Promise.all([withChromium(cast.ada), withChromium(cast.boris), withChromium(cast.mei)]);
    for (const participant of [ada, boris, mei]) await participant.join(server.url, 'layout-choices');
  });

  after(async () => {
    await Promise.all([ada?.close(), boris?.close(), mei?.close()]);
    await server?.stop();
  });

  it('who pins somebody sees that one large, and the others keep their grid', async (test) => {
    await choose(ada, { scope: 'me', layout: 'speaker', pinned: cast.mei.name });
    test.diagnostic(await seesLarge(() => ada.see('layout-speaker-mei'), cast.mei, [cast.boris]));
    await choose(ada, { scope: 'me', layout: 'speaker', pinned: cast.boris.name });
    test.diagnostic(await seesLarge(() => ada.see('layout-speaker-boris'), cast.boris, [cast.mei]));
    await seesOnly(() => boris.see('layout-grid-of-the-others'), [cast.ada, cast.mei]);
    assert.deepEqual(await layoutOf(boris), { scope: 'room', layout: 'auto', pinned: null });
  });

  it('one person alone fills the picture of who chose it in the panel, and of nobody else', async (test) => {
    await ada.run(openLayoutPanel);
    await eventually('the panel', () => ada.run(chooseInPanel, 'single'));
    test.diagnostic(await seesLarge(() => ada.see('layout-single'), cast.boris, []));
    await ada.screenshot('layout-panel');
    await ada.run(openLayoutPanel);
    await seesOnly(() => mei.see(), [cast.ada, cast.boris]);
  });

  it('who asks to see itself does, until it no longer asks; the others never notice', async (test) => {
    await choose(ada, { scope: 'me', layout: 'default', selfView: true });
    test.diagnostic(await seesOnly(() => ada.see('layout-self-view'), [cast.ada, cast.boris, cast.mei]));
    await seesOnly(() => boris.see(), [cast.ada, cast.mei]);
    await choose(ada, { scope: 'me', layout: 'default', selfView: false });
    test.diagnostic(await seesOnly(() => ada.see('layout-no-self-view'), [cast.boris, cast.mei]));
  });

  it('a host changes the room for all who follow it', async (test) => {
    await choose(ada, { scope: 'me', layout: 'grid' });
    await choose(boris, { scope: 'room', layout: 'single', pinned: cast.ada.name });
    test.diagnostic(await seesLarge(() => boris.see('layout-room-single'), cast.ada, []));
    test.diagnostic(await seesLarge(() => mei.see(), cast.ada, []));
    await seesOnly(() => ada.see(), [cast.boris, cast.mei]);
    const [borisId, adaId] = await Promise.all([boris, ada].map((one) => one.run(() => mcu.state.self)));
    assert.deepEqual(await layoutOf(mei), { scope: 'room', layout: 'single', pinned: adaId });
    await choose(ada, { scope: 'me', layout: 'default' });
    await choose(boris, { scope: 'room', layout: 'speaker', pinned: cast.boris.name });
    test.diagnostic(await seesLarge(() => ada.see('layout-room-speaker'), cast.boris, [cast.mei]));
    test.diagnostic(await seesLarge(() => mei.see(), cast.boris, [cast.ada]));
    assert.deepEqual(await layoutOf(ada), { scope: 'room', layout: 'speaker', pinned: borisId });
    await ada.screenshot('layout-page');
  });
});

/**
 * @param {import('../harness/participant.mjs').Participant} who
 * @param {{ scope: 'me' | 'room', layout: string, pinned?: string, selfView?: boolean }} layout with a name as pinned
 */
async function choose(who, layout) {
  await who.run(async (request) => {
    const pinned = mcu.state.participants.find((/** @type {any} */ one) => one.name === request.pinned)?.id ?? null;
    await mcu.setLayout({ ...request, pinned });
  }, layout);
}

/** @param {import('../harness/participant.mjs').Participant} who */
async function layoutOf(who) {
  const { scope, layout, pinned } = await who.run(() => mcu.state.layout);
  return { scope, layout, pinned };
}

/** In the page: opens the panel, or closes it. */
function openLayoutPanel() {
  document.dispatchEvent(new KeyboardEvent('keydown', { key: 'l', bubbles: true }));
}

/**
 * In the page: whether the choice was there to be made.
 * @param {string} value
 */
function chooseInPanel(value) {
  const choice = /** @type {HTMLInputElement | null} */ (document.querySelector(`input[name=layout][value=${value}]`));
  choice?.click();
  return choice !== null;
}
