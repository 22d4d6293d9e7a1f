import { Icon } from './icons';

export interface NoticeProps {
  readonly tone: 'info' | 'warning' | 'error';
  readonly title: string;
  readonly text: string;
}

/** A message that stays until its cause is gone. */
export function Notice({ tone, title, text }: NoticeProps) {
  return (
    <div class={`notice ${tone}`} role={tone === 'error' ? 'alert' : 'status'}>
      <Icon name={tone === 'info' ? 'info' : 'warning'} size={20} />
      <div>
        <p class="notice-title">{title}</p>
        <p>{text}</p>
      </div>
    </div>
  );
}
