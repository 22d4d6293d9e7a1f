import { useEffect, useState } from 'preact/hooks';
import type { ClientState, DirectionQuality, McuClient, Statistics } from '../sdk';
import { Bars } from './bars';
import { Panel } from './panel';
import { type StatisticsSection, toSections } from './statistics-text';

export function StatisticsPanel({ client, state, onClose }: { client: McuClient; state: ClientState; onClose: () => void }) {
  const [statistics, setStatistics] = useState<Statistics | null>(client.statistics);
  useEffect(() => client.on('statistics', setStatistics), [client]);
  return (
    <Panel title="Connection" onClose={onClose}>
      {state.quality && (
        <div class={`quality-summary ${state.quality.level}`}>
          <p class="quality-summary-title">{state.quality.title}</p>
          <dl class="quality-directions">
            <Direction name="To you" quality={state.quality.down} />
            <Direction name="From you" quality={state.quality.up} />
          </dl>
        </div>
      )}
      {!statistics && <p class="panel-empty">Measuring…</p>}
      {statistics && toSections(statistics, state.serverQuality).map((section) => <Section key={section.title} section={section} />)}
    </Panel>
  );
}

function Direction({ name, quality }: { name: string; quality: DirectionQuality }) {
  return (
    <div class={`quality-direction ${quality.level}`}>
      <dt>
        <Bars level={quality.level} /> {name}
      </dt>
      <dd class="hint">{quality.detail}</dd>
    </div>
  );
}

function Section({ section }: { section: StatisticsSection }) {
  return (
    <section class="statistics">
      <h3>{section.title}</h3>
      <dl>
        {section.rows.map(([name, value]) => (
          <div class="statistics-row" key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
