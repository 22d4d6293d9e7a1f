import type { Toasts } from './hooks';
import { Icon } from './icons';

/** The live regions are always in the page, so that screen readers notice what is put into them. */
export function ToastList({ toasts }: { toasts: Toasts }) {
  const of = (tone: 'info' | 'error') =>
    toasts.list
      .filter((toast) => toast.tone === tone)
      .map((toast) => (
        <div class={`toast ${tone}`} key={toast.id}>
          <Icon name={tone === 'error' ? 'warning' : 'info'} size={20} />
          <p>{toast.text}</p>
          <button type="button" class="icon-button small" aria-label="Dismiss" onClick={() => toasts.dismiss(toast.id)}>
            <Icon name="close" size={16} />
          </button>
        </div>
      ));
  return (
    <div class="toasts">
      <div role="alert">{of('error')}</div>
      <div role="status">{of('info')}</div>
    </div>
  );
}
