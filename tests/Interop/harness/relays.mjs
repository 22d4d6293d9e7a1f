/** Stand between a client and the server, to cut its signalling or move its media to another address. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/** Carries TCP connections until it is cut. */
export class SignallingRelay {
  #server;
  #isCut = false;
  #isLeft = false;
  /** @type {Set<import('node:net').Socket>} both ends of all connections */
  #sockets = new Set();

  /** @param {number} target port on this machine */
  constructor(target) {
    this.#server = createServer((client) => {
      if (this.#isCut) client.destroy();
      else if (this.#isLeft) this.#ignore(client);
      else this.#carry(client, connect(target, '127.0.0.1'));
    });
  }

  /** @param {string} server its URL */
  static async before(server) {
    const relay = new SignallingRelay(Number(new URL(server).port));
    await once(relay.#server.listen(0, '127.0.0.1'), 'listening');
    return relay;
  }

  get url() {
    return `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (this.#server.address()).port}`;
  }

  /** Nothing of the present connections, nor of new ones until `arrive`, goes through any more, and nobody is told: a network that was left. */
  leave() {
    this.#isLeft = true;
    for (const socket of this.#sockets) socket.unpipe().pause();
  }

  /** New connections go through again; those of before stay dead. */
  arrive() {
    this.#isLeft = false;
  }

  /** Breaks all connections and refuses new ones. */
  cut() {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  restore() {
    this.#isCut = false;
  }

  close() {
    this.cut();
    this.#server.close();
  }

  /** @param {import('node:net').Socket} client whose packets are lost */
  #ignore(client) {
    this.#sockets.add(client);
    client.on('close', () => this.#sockets.delete(client));
    client.on('error', () => undefined);
  }

  /**
   * @param {import('node:net').Socket} client
   * @param {import('node:net').Socket} server
   */
  #carry(client, server) {
    for (const [from, to] of [
      [client, server],
      [server, client],
    ]) {
      this.#sockets.add(from);
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
      // An error is followed by 'close'.
      from.on('error', () => undefined);
      from.pipe(to);
    }
  }
}

/** @typedef {import('./line.mjs').Line} Line */

/** Carries datagrams between one client and the server, as a NAT would; over bad lines where it is given some. */
export class MediaRelay {
  #target;
  #lines;
  /** What is still on a line then arrives nowhere. */
  #closed = false;
  #inside = createSocket('udp4');
  /** @type {Map<string, import('node:dgram').Socket>} towards the server, by the client's address */
  #outside = new Map();
  #isLeft = false;
  /** Addresses of a network that the client left. @type {Set<string>} */
  #left = new Set();

  /**
   * @param {number} target port on this machine
   * @param {{ up?: Line, down?: Line }} lines to the server and from it
   */
  constructor(target, lines) {
    this.#target = target;
    this.#lines = lines;
    this.#inside.on('message', (datagram, { address, port }) => {
      const client = `${address}:${port}`;
      if (this.#isLeft) this.#left.add(client);
      if (this.#left.has(client)) return;
      carry(lines.up, datagram, () => this.#closed || this.#mapping(address, port).send(datagram, this.#target, '127.0.0.1'));
    });
  }

  /**
   * @param {number} target the server's media port
   * @param {{ up?: Line, down?: Line }} [lines] to the server and from it; without one datagrams pass at once
   */
  static async before(target, lines = {}) {
    const relay = new MediaRelay(target, lines);
    relay.#inside.bind(0, '127.0.0.1');
    await once(relay.#inside, 'listening');
    return relay;
  }

  get port() {
    return this.#inside.address().port;
  }

  /** From now on the server sees the client at another address, and nothing comes from or to the old one. */
  rebind() {
    for (const socket of this.#outside.values()) socket.close();
    this.#outside.clear();
  }

  /** Nothing goes through until `arrive`, and never again from or to the client's present addresses: it left this network. */
  leave() {
    this.#isLeft = true;
    for (const client of this.#outside.keys()) this.#left.add(client);
    this.rebind();
  }

  /** The client is on another network: what it sends from new addresses goes through. */
  arrive() {
    this.#isLeft = false;
  }

  close() {
    this.#closed = true;
    this.#lines.up?.close();
    this.#lines.down?.close();
    this.rebind();
    this.#inside.close();
  }

  /**
   * @param {string} address
   * @param {number} port
   */
  #mapping(address, port) {
    const client = `${address}:${port}`;
    const known = this.#outside.get(client);
    if (known) return known;
    const socket = createSocket('udp4');
    socket.on('message', (datagram) => carry(this.#lines.down, datagram, () => this.#closed || this.#inside.send(datagram, port, address)));
    this.#outside.set(client, socket);
    return socket;
  }
}

/**
 * @param {Line | undefined} line
 * @param {Buffer} datagram
 * @param {() => void} deliver
 */
function carry(line, datagram, deliver) {
  if (line) line.send(datagram.length, deliver);
  else deliver();
}
