// Development server: open the printed addresses, first the media page.
import { participant, startMock } from './server.mjs';

const guests = [
  participant('a', 'Ana Souza'),
  participant('b', 'Ben Okafor', { muted: true }),
  participant('c', 'Chiara Rossi', { camera: false }),
];
const mock = await startMock({ port: 8090, behaviour: { guests } });
process.stdout.write(`media page ${mock.url}/mock/media\njoin page  ${mock.url}/r/demo\n`);
