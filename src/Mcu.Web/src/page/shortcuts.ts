/** Single-key shortcuts; they never fire while typing and can be switched off (WCAG 2.1.4). */
export type ShortcutAction =
  | 'microphone'
  | 'camera'
  | 'screen'
  | 'layout'
  | 'chat'
  | 'people'
  | 'statistics'
  | 'devices'
  | 'fullscreen'
  | 'help'
  | 'close';

export const shortcuts: readonly {
  readonly key: string;
  readonly shown: string;
  readonly action: ShortcutAction;
  readonly description: string;
}[] = [
  { key: 'm', shown: 'M', action: 'microphone', description: 'Microphone on or off' },
  { key: 'v', shown: 'V', action: 'camera', description: 'Camera on or off' },
  { key: 's', shown: 'S', action: 'screen', description: 'Share your screen, or stop' },
  { key: 'l', shown: 'L', action: 'layout', description: 'Layout' },
  { key: 'p', shown: 'P', action: 'people', description: 'People' },
  { key: 'c', shown: 'C', action: 'chat', description: 'Chat' },
  { key: 'i', shown: 'I', action: 'statistics', description: 'Connection statistics' },
  { key: 'd', shown: 'D', action: 'devices', description: 'Devices' },
  { key: 'f', shown: 'F', action: 'fullscreen', description: 'Full screen' },
  { key: '?', shown: '?', action: 'help', description: 'This help' },
  { key: 'Escape', shown: 'Esc', action: 'close', description: 'Close what is open' },
];

export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly repeat: boolean;
  /** Whether the focused element takes text or has its own use for letters. */
  readonly typing: boolean;
}

/** The action of a key press, or null. Escape works everywhere. */
export function shortcutFor(press: KeyPress, enabled: boolean): ShortcutAction | null {
  if (press.ctrlKey || press.metaKey || press.altKey || press.repeat) return null;
  const key = press.key.length === 1 ? press.key.toLowerCase() : press.key;
  const action = shortcuts.find((shortcut) => shortcut.key === key)?.action ?? null;
  if (action === 'close') return action;
  return press.typing || !enabled ? null : action;
}

/** Whether letters typed on this element mean text (or a choice in a list) rather than a shortcut. */
export function takesText(
  element: { readonly tagName: string; readonly isContentEditable?: boolean; readonly type?: string } | null,
): boolean {
  if (!element) return false;
  if (element.isContentEditable || element.tagName === 'TEXTAREA' || element.tagName === 'SELECT') return true;
  return element.tagName === 'INPUT' && !['checkbox', 'radio', 'button', 'range'].includes(element.type ?? 'text');
}
