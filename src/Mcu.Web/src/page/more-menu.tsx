import { useEffect, useRef } from 'preact/hooks';
import type { ReceiveLimit } from '../sdk';
import { dataChoices } from './data-saving';
import { Icon, type IconName } from './icons';

type MenuAction = 'copy' | 'layout' | 'statistics' | 'devices' | 'fullscreen' | 'help';

const items: readonly {
  readonly action: MenuAction;
  readonly icon: IconName;
  readonly label: string;
  readonly shortcut?: string;
  readonly phoneOnly?: boolean;
}[] = [
  { action: 'copy', icon: 'link', label: 'Copy invitation link' },
  { action: 'layout', icon: 'layout', label: 'Layout', phoneOnly: true },
  { action: 'devices', icon: 'devices', label: 'Devices', shortcut: 'D' },
  { action: 'statistics', icon: 'statistics', label: 'Connection statistics', shortcut: 'I' },
  { action: 'fullscreen', icon: 'expand', label: 'Full screen', shortcut: 'F' },
  { action: 'help', icon: 'keyboard', label: 'Keyboard shortcuts', shortcut: '?' },
];

export interface MoreMenuProps {
  readonly receiveLimit: ReceiveLimit;
  readonly onReceiveLimit: (limit: ReceiveLimit) => void;
  readonly onAction: (action: MenuAction) => void;
  readonly onClose: () => void;
}

/** ARIA menu: arrow keys move, Escape and a press outside close. */
export function MoreMenu({ receiveLimit, onReceiveLimit, onAction, onClose }: MoreMenuProps) {
  const menu = useRef<HTMLDivElement>(null);
  const close = useRef(onClose);
  close.current = onClose;
  useEffect(() => {
    const opener = document.activeElement;
    menu.current?.querySelector<HTMLElement>('[role^=menuitem]')?.focus();
    const outside = (event: PointerEvent) => {
      const target = event.target instanceof Element ? event.target : null;
      if (!menu.current?.contains(target) && !target?.closest('.tool-more')) close.current();
    };
    document.addEventListener('pointerdown', outside);
    return () => {
      document.removeEventListener('pointerdown', outside);
      if (opener instanceof HTMLElement && (document.activeElement === document.body || document.activeElement === null)) opener.focus();
    };
  }, []);
  const press = (event: KeyboardEvent) => {
    const all = [...(menu.current?.querySelectorAll<HTMLElement>('[role^=menuitem]') ?? [])].filter((item) => item.offsetParent !== null);
    const at = all.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1 + all.length, Home: 0, End: all.length - 1 }[event.key];
    if (event.key === 'Escape' || event.key === 'Tab') {
      event.stopPropagation();
      onClose();
    } else if (to !== undefined) {
      event.preventDefault();
      all[to % all.length]?.focus();
    }
  };
  return (
    <div class="menu" role="menu" tabIndex={-1} aria-label="More actions" ref={menu} onKeyDown={press}>
      {items.map(({ action, icon, label, shortcut, phoneOnly }) => (
        <button
          key={action}
          type="button"
          role="menuitem"
          tabIndex={-1}
          class={phoneOnly ? 'menu-item phone-only' : 'menu-item'}
          onClick={() => onAction(action)}
        >
          <Icon name={icon} size={20} />
          <span>{label}</span>
          {shortcut && <kbd>{shortcut}</kbd>}
        </button>
      ))}
      <fieldset class="menu-group" aria-label="Data saving">
        <p class="menu-heading" aria-hidden="true">
          Data saving
        </p>
        {dataChoices.map(({ limit, label, hint }) => (
          <button
            key={limit}
            type="button"
            role="menuitemradio"
            aria-checked={receiveLimit === limit}
            tabIndex={-1}
            class="menu-item"
            title={hint}
            onClick={() => onReceiveLimit(limit)}
          >
            <span class="menu-check" aria-hidden="true">
              {receiveLimit === limit && <Icon name="check" size={20} />}
            </span>
            <span>{label}</span>
          </button>
        ))}
      </fieldset>
    </div>
  );
}
