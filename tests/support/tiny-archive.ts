import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { sha256 } from '../../src/foundation/digest.ts';
import type { DebianArchive } from '../../src/sandbox/resolve-lock.ts';
import type { TinyDeb } from './tiny-deb.ts';

export interface ArchivedDeb extends TinyDeb { depends?: readonly string[] }

/** A Debian archive on disk, with a signature by a key of its own. */
export class TinyArchive implements DebianArchive {
  readonly mirror: string;
  readonly keyring: string;
  readonly #directory: string;
  readonly #gnupg: string;

  private constructor(directory: string) {
    this.#directory = join(directory, 'debian');
    this.#gnupg = join(directory, 'gnupg');
    this.mirror = `file://${this.#directory}`;
    this.keyring = join(directory, 'keyring.gpg');
  }

  /** In an empty directory that whoever opens it removes. */
  static open(directory: string): TinyArchive {
    const archive = new TinyArchive(directory);
    mkdirSync(archive.#gnupg, { mode: 0o700 });
    archive.#gpg('--quick-gen-key', 'tiny archive', 'ed25519', 'sign', 'never');
    writeFileSync(archive.keyring, archive.#gpg('--export'));
    return archive;
  }

  /** Whatever was published before is gone from the index. */
  publish(debs: readonly ArchivedDeb[], suite = 'bookworm'): void {
    for (const { locked, bytes } of debs) this.#put(locked.pool, bytes);
    const index = Buffer.from(debs.map(stanza).join('\n'));
    const place = 'main/binary-amd64/Packages';
    this.#put(`dists/${suite}/${place}`, index);
    const release = `Origin: Tiny\nSuite: ${suite}\nCodename: ${suite}\nDate: Thu, 01 Jan 2026 00:00:00 UTC\nArchitectures: amd64\nComponents: main\nSHA256:\n ${sha256(index)} ${index.byteLength} ${place}\n`;
    this.#put(`dists/${suite}/Release`, Buffer.from(release));
    this.#put(`dists/${suite}/InRelease`, this.#gpg('--clearsign', '--output', '-', join(this.#directory, `dists/${suite}/Release`)));
  }

  /** Stops what gpg has started. */
  close(): void {
    execFileSync('gpgconf', ['--homedir', this.#gnupg, '--kill', 'all'], { stdio: 'ignore' });
  }

  #put(path: string, bytes: Uint8Array): void {
    const file = join(this.#directory, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, bytes);
  }

  #gpg(...argv: string[]): Buffer {
    return execFileSync('gpg', ['--homedir', this.#gnupg, '--batch', '--yes', '--quiet', '--passphrase', '', '--pinentry-mode', 'loopback', ...argv], { stdio: ['ignore', 'pipe', 'ignore'] });
  }
}

function stanza({ locked, depends }: ArchivedDeb): string {
  const { name, version, architecture, sha256: digest, sizeBytes, pool } = locked;
  const needs = depends === undefined ? '' : `Depends: ${depends.join(', ')}\n`;
  return `Package: ${name}\nVersion: ${version}\nArchitecture: ${architecture}\nMaintainer: nobody\n${needs}Filename: ${pool}\nSize: ${sizeBytes}\nSHA256: ${digest}\nDescription: tiny\n`;
}
