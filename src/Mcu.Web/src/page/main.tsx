import { render } from 'preact';
import './styles/base.css';
import './styles/controls.css';
import './styles/home.css';
import './styles/prejoin.css';
import './styles/call.css';
import './styles/toolbar.css';
import './styles/panels.css';
import { McuClient } from '../sdk';
import { parseAddress, withoutToken } from './address';
import { rememberedLimit } from './data-saving';
import { Home } from './home';
import { keepToken, keptToken } from './preferences';
import { Room } from './room';

declare global {
  interface Window {
    /** The client of a room page, for tests and diagnosis; see docs/web-client.md. */
    mcu?: McuClient;
  }
}

const root = document.getElementById('app');
const address = parseAddress(new URL(location.href));

if (root && address.room) {
  if (address.token) {
    keepToken(address.room, address.token);
    history.replaceState(null, '', withoutToken(new URL(location.href)));
  }
  const client = new McuClient();
  window.mcu = client;
  void client.setReceiveLimit(rememberedLimit() ?? 'full');
  window.addEventListener('pagehide', () => client.leave());
  document.title = `${address.room} · Mcu`;
  render(<Room client={client} room={address.room} address={address} token={address.token ?? keptToken(address.room)} />, root);
} else if (root) {
  document.title = 'Join a meeting · Mcu';
  render(<Home />, root);
}
