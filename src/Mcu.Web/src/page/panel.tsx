import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { Icon } from './icons';

export interface PanelProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
  readonly footer?: ComponentChildren;
}

/** A side panel (a sheet on phones); focus moves to its heading when it opens. */
export function Panel({ title, onClose, children, footer }: PanelProps) {
  const id = useId();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    // Something inside may have taken it already: effects of parents may come first.
    if (!heading.current?.closest('.panel')?.contains(document.activeElement)) heading.current?.focus();
  }, []);
  return (
    <aside class="panel" aria-labelledby={id}>
      <header class="panel-header">
        <h2 id={id} ref={heading} tabIndex={-1}>
          {title}
        </h2>
        <button type="button" class="icon-button" aria-label={`Close ${title.toLowerCase()}`} onClick={onClose}>
          <Icon name="close" size={20} />
        </button>
      </header>
      <div class="panel-body">{children}</div>
      {footer}
    </aside>
  );
}
