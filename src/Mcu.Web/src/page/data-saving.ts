import type { ReceiveLimit } from '../sdk';
import { recall, remember } from './preferences';

/** The choices of "Data saving", best picture first. */
export const dataChoices: readonly { readonly limit: ReceiveLimit; readonly label: string; readonly hint: string }[] = [
  { limit: 'full', label: 'Off', hint: 'The best picture that your network carries' },
  { limit: 'save-data', label: 'On', hint: 'A small picture, few frames' },
  { limit: 'audio-only', label: 'Audio only', hint: 'No picture at all; others still see you' },
];

const preference = 'data-saving';

/** What was chosen on this device; null where nothing was. */
export function rememberedLimit(): ReceiveLimit | null {
  const text = recall(preference);
  return dataChoices.find(({ limit }) => limit === text)?.limit ?? null;
}

export function rememberLimit(limit: ReceiveLimit): void {
  remember(preference, limit);
}

/** Whether the user asked the whole device to save data, and has not chosen here. */
export function suggestsSaving(
  connection: { readonly saveData?: boolean } | undefined,
  chosen: ReceiveLimit | null,
  inForce: ReceiveLimit,
): boolean {
  return connection?.saveData === true && chosen === null && inForce === 'full';
}

/** What browsers that have it say of the network. */
export function deviceConnection(): { readonly saveData?: boolean } | undefined {
  return (navigator as Navigator & { readonly connection?: { readonly saveData?: boolean } }).connection;
}
