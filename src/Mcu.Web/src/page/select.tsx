import type { ComponentChildren } from 'preact';
import { Icon, type IconName } from './icons';

export interface SelectProps {
  readonly label: string;
  readonly value: string;
  readonly onChoose: (value: string) => void;
  readonly disabled?: boolean;
  /** Stands for the label, which is then only read out. */
  readonly icon?: IconName;
  readonly children: ComponentChildren;
}

/** A labelled native select. */
export function Select({ label, value, onChoose, disabled = false, icon, children }: SelectProps) {
  return (
    <label class="field">
      <span class={icon ? 'visually-hidden' : 'field-label'}>{label}</span>
      <span class={icon ? 'select with-icon' : 'select'}>
        {icon && <Icon name={icon} size={18} />}
        <select value={value} disabled={disabled} onChange={(event) => onChoose(event.currentTarget.value)}>
          {children}
        </select>
        <Icon name="down" size={18} />
      </span>
    </label>
  );
}
