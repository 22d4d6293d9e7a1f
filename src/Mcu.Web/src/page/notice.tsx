import { Icon } from './icons';

export interface NoticeProps {
  readonly tone: 'info' | 'warning' | 'error';
  readonly title: string;
  readonly text: string;
  readonly action?: { readonly label: string; readonly run: () => void } | undefined;
}

/** A message that stays until its cause is gone. */
export function Notice({ tone, title, text, action }: NoticeProps) {
  return (
    <div class={`notice ${tone}`} role={tone === 'error' ? 'alert' : 'status'}>
      <Icon name={tone === 'info' ? 'info' : 'warning'} size={20} />
      <div>
        <p class="notice-title">{title}</p>
        <p>{text}</p>
        {action && (
          <button type="button" class="button small" onClick={action.run}>
            {action.label}
          </button>
        )}
      </div>
    </div>
  );
}
