/** Calls back when the device is on another network, or online again. */
export function onNetworkChange(changed: () => void): void {
  globalThis.addEventListener?.('online', changed);
  const connection = (globalThis.navigator as (Navigator & { connection?: EventTarget & { type?: string } }) | undefined)?.connection;
  let type = connection?.type;
  // The event also comes with each new estimate of the speed; only another kind of network matters.
  connection?.addEventListener?.('change', () => {
    if (connection.type === type) return;
    type = connection.type;
    changed();
  });
}
