import { setTimeout as delay } from 'node:timers/promises';

/**
 * Asks again and again until the answer is truthy, and returns it. The last answer or error explains a failure.
 * @template T
 * @param {string} what completes "waited for …"
 * @param {() => T | Promise<T>} probe
 * @param {{ withinMs?: number, everyMs?: number, describe?: () => unknown }} [options] describe: what to tell when it never came
 * @returns {Promise<Exclude<T, false | null | undefined>>}
 */
export async function eventually(what, probe, { withinMs = 15_000, everyMs = 100, describe } = {}) {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const { value, error } = await attempt(probe);
    if (value) return /** @type {Exclude<T, false | null | undefined>} */ (value);
    if (Date.now() >= deadline) {
      const told = describe ? await describe() : (error ?? value);
      throw new Error(`Waited ${withinMs} ms for ${what}: ${told instanceof Error ? told.message : JSON.stringify(told)}`, {
        cause: error,
      });
    }
    await delay(everyMs);
  }
}

/**
 * @template T
 * @param {() => T | Promise<T>} probe
 * @returns {Promise<{ value?: T, error?: unknown }>}
 */
async function attempt(probe) {
  try {
    return { value: await probe() };
  } catch (error) {
    return { error };
  }
}
