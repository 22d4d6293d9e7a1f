import { useEffect, useRef } from 'preact/hooks';
import { Icon } from './icons';
import { Switch } from './layout-panel';
import { shortcuts } from './shortcuts';

export interface HelpDialogProps {
  readonly shortcutsOn: boolean;
  readonly onShortcuts: (on: boolean) => void;
  readonly onClose: () => void;
}

export function HelpDialog({ shortcutsOn, onShortcuts, onClose }: HelpDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog class="dialog" ref={dialog} aria-labelledby="help-title" onClose={onClose}>
      <header class="panel-header">
        <h2 id="help-title">Keyboard shortcuts</h2>
        <button type="button" class="icon-button" aria-label="Close keyboard shortcuts" onClick={() => dialog.current?.close()}>
          <Icon name="close" size={20} />
        </button>
      </header>
      <dl class="shortcuts">
        {shortcuts.map(({ action, shown, description }) => (
          <div key={action}>
            <dt>
              <kbd>{shown}</kbd>
            </dt>
            <dd>{description}</dd>
          </div>
        ))}
      </dl>
      <Switch label="Use single-key shortcuts" on={shortcutsOn} onToggle={onShortcuts} />
    </dialog>
  );
}
