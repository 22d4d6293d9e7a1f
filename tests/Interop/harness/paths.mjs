/** Where things are in the working copy. */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));

export const repository = resolve(here, '../../..');

/** Screenshots, server logs and generated media; not under version control. */
export const artifacts = join(repository, 'artifacts', 'interop');
mkdirSync(artifacts, { recursive: true });

/** @param {string} name */
export const clientScript = (name) => resolve(here, `../clients/${name}_client.py`);

/** The server as built for release, unless MCU_SERVER_DLL names another. */
export function serverDll() {
  const dll = process.env.MCU_SERVER_DLL ?? join(repository, 'src/Mcu.Server/bin/Release/net10.0/Mcu.Server.dll');
  if (!existsSync(dll)) throw new Error(`${dll} is not there: build it with 'dotnet build -c Release src/Mcu.Server'.`);
  return dll;
}

/** The folder of real clips, or null where there is none. */
export function clipFolder() {
  const candidates = [process.env.MCU_MEDIA, resolve(repository, '../shared/media')];
  return candidates.find((folder) => folder && existsSync(join(folder, 'foreman_352x288_291f.264'))) ?? null;
}
