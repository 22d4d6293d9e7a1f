import { useState } from 'preact/hooks';
import type { ClientState, LayoutName, LayoutRequest, LayoutScope } from '../sdk';
import { Icon } from './icons';
import { Panel } from './panel';
import { Select } from './select';

export interface LayoutPanelProps {
  readonly state: ClientState;
  readonly selfPreview: boolean;
  readonly onSelfPreview: (on: boolean) => void;
  readonly onLayout: (layout: LayoutRequest) => void;
  readonly onClose: () => void;
}

const choices: readonly {
  readonly value: LayoutName | 'default';
  readonly label: string;
  readonly hint: string;
  readonly picture: string;
}[] = [
  { value: 'default', label: 'Same as the room', hint: 'What the host has chosen', picture: 'M3 4h42v24H3zM3 16h42M24 4v24' },
  {
    value: 'auto',
    label: 'Automatic',
    hint: 'Grid, or the shared screen large',
    picture: 'M3 4h28v15H3zM34 4h11v6H34zM34 13h11v6H34zM3 22h11v6H3zM17 22h11v6H17z',
  },
  {
    value: 'grid',
    label: 'Grid',
    hint: 'Everybody the same size',
    picture: 'M3 4h19v10.500H3zM26 4h19v10.500H26zM3 17.500h19V28H3zM26 17.500h19V28H26z',
  },
  { value: 'speaker', label: 'Speaker', hint: 'Who speaks is large', picture: 'M3 4h42v16H3zM3 23h12v5H3zM18 23h12v5H18zM33 23h12v5H33z' },
  {
    value: 'presenter',
    label: 'Presentation',
    hint: 'The shared screen is large',
    picture: 'M3 4h31v24H3zM37 4h8v6h-8zM37 13h8v6h-8zM37 22h8v6h-8z',
  },
  { value: 'single', label: 'One person', hint: 'Only who speaks', picture: 'M3 4h42v24H3z' },
];

export function LayoutPanel({ state, selfPreview, onSelfPreview, onLayout, onClose }: LayoutPanelProps) {
  const layout = state.layout;
  const host = state.role === 'host';
  const [scope, setScope] = useState<LayoutScope>('me');
  const own = layout?.scope === 'me';
  const current = scope === 'me' && !own ? 'default' : own && scope === 'room' ? null : layout?.layout;
  const pinned = layout?.pinned ?? null;
  // Turning pages and the like leaves one following the room, if one does.
  const ownLayout = own ? layout.layout : 'default';
  const ownPin = own ? pinned : null;
  const shown = choices.filter(({ value }) => scope === 'me' || value !== 'default');
  return (
    <Panel title="Layout" onClose={onClose}>
      {host && (
        <fieldset class="segments">
          <legend class="visually-hidden">For whom</legend>
          {(['me', 'room'] as const).map((value) => (
            <label key={value} class={scope === value ? 'segment chosen' : 'segment'}>
              <input type="radio" name="scope" checked={scope === value} onChange={() => setScope(value)} />
              {value === 'me' ? 'For me' : 'For everybody'}
            </label>
          ))}
        </fieldset>
      )}
      <fieldset class="layouts">
        <legend class="visually-hidden">Arrangement</legend>
        {shown.map(({ value, label, hint, picture }) => (
          <label key={value} class={current === value ? 'layout-choice chosen' : 'layout-choice'}>
            <input
              type="radio"
              name="layout"
              value={value}
              checked={current === value}
              onChange={() => onLayout({ scope, layout: value, pinned: value === 'default' ? null : pinned })}
            />
            <svg
              width="48"
              height="32"
              viewBox="0 0 48 32"
              fill="none"
              stroke="currentColor"
              stroke-width="1.500"
              stroke-linejoin="round"
              aria-hidden="true"
              focusable="false"
            >
              <path d={picture} />
            </svg>
            <span>
              <span class="layout-label">{label}</span>
              <span class="hint">{hint}</span>
            </span>
          </label>
        ))}
      </fieldset>
      <Select
        label="Keep one person large"
        value={pinned ?? ''}
        onChoose={(id) => onLayout({ scope, layout: layoutForPin(layout?.layout ?? 'grid', id), pinned: id || null })}
      >
        <option value="">Nobody</option>
        {state.participants.map(({ id, name }) => (
          <option key={id} value={id}>
            {id === state.self ? `${name} (you)` : name}
          </option>
        ))}
      </Select>
      {layout && layout.pages > 1 && (
        <div class="pager">
          <button
            type="button"
            class="icon-button"
            aria-label="Previous page"
            disabled={layout.page === 0}
            onClick={() => onLayout({ scope: 'me', layout: ownLayout, pinned: ownPin, page: layout.page - 1 })}
          >
            <Icon name="previous" size={20} />
          </button>
          <span>
            Page {layout.page + 1} of {layout.pages}
          </span>
          <button
            type="button"
            class="icon-button"
            aria-label="Next page"
            disabled={layout.page + 1 >= layout.pages}
            onClick={() => onLayout({ scope: 'me', layout: ownLayout, pinned: ownPin, page: layout.page + 1 })}
          >
            <Icon name="next" size={20} />
          </button>
        </div>
      )}
      <div class="switches">
        <Switch
          label="My own tile in the picture"
          on={state.selfView}
          onToggle={(selfView) => onLayout({ scope: 'me', layout: ownLayout, pinned: ownPin, selfView })}
        />
        <Switch label="My camera in the corner" on={selfPreview} onToggle={onSelfPreview} />
      </div>
    </Panel>
  );
}

/** A pinned participant needs a layout with a large place. */
export function layoutForPin(layout: LayoutName, pinned: string): LayoutName {
  return pinned && (layout === 'grid' || layout === 'auto') ? 'speaker' : layout;
}

export function Switch({ label, on, onToggle }: { label: string; on: boolean; onToggle: (on: boolean) => void }) {
  return (
    <label class="switch">
      <span>{label}</span>
      <input type="checkbox" role="switch" checked={on} aria-checked={on} onChange={(event) => onToggle(event.currentTarget.checked)} />
    </label>
  );
}
