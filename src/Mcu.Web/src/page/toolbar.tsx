import { useRef } from 'preact/hooks';
import { Icon } from './icons';
import type { ToolbarButton } from './toolbar-state';

export interface ToolbarProps {
  readonly buttons: readonly ToolbarButton[];
  readonly menuOpen: boolean;
  readonly onPress: (id: ToolbarButton['id']) => void;
}

/** Arrow keys move between the buttons, Tab leaves (ARIA toolbar pattern). */
export function Toolbar({ buttons, menuOpen, onPress }: ToolbarProps) {
  const bar = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step || !bar.current) return;
    const visible = [...bar.current.querySelectorAll('button')].filter((button) => button.offsetParent !== null && !button.disabled);
    const at = visible.indexOf(document.activeElement as HTMLButtonElement);
    visible[(at + step + visible.length) % visible.length]?.focus();
  };
  return (
    <div class="toolbar" role="toolbar" aria-label="Call controls" ref={bar} onKeyDown={move}>
      {buttons.map((button) => (
        <ToolbarItem key={button.id} button={button} expanded={button.id === 'more' ? menuOpen : null} onPress={() => onPress(button.id)} />
      ))}
    </div>
  );
}

function ToolbarItem({ button, expanded, onPress }: { button: ToolbarButton; expanded: boolean | null; onPress: () => void }) {
  const opensPanel = button.id === 'layout' || button.id === 'people' || button.id === 'chat';
  const tooltip = button.shortcut ? `${button.action} (${button.shortcut})` : button.action;
  return (
    <button
      type="button"
      class={['tool', `tool-${button.id}`, button.off && 'off', button.active && 'active'].filter(Boolean).join(' ')}
      aria-label={button.action}
      aria-expanded={expanded ?? (opensPanel ? button.active : undefined)}
      aria-haspopup={expanded === null ? undefined : 'menu'}
      aria-keyshortcuts={button.shortcut?.toLowerCase()}
      title={tooltip}
      disabled={button.disabled}
      onClick={onPress}
    >
      <span class="tool-icon">
        <Icon name={button.icon} />
        {button.badge > 0 && <span class="badge">{button.badge > 99 ? '99+' : button.badge}</span>}
      </span>
      <span class="tool-label" aria-hidden="true">
        {button.label}
      </span>
    </button>
  );
}
