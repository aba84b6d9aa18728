import { Failure } from '../foundation/failure.ts';
import type { QemuSettings } from '../catalog/model.ts';

export interface EmulatorFiles {
  /** Absolute paths. */
  kernel: string;
  rootfs: string;
  /** The root file system is an initramfs: it is loaded beside the kernel instead of being a drive. */
  initramfs: boolean;
}

/** Given to this one boot by the emulator; no image holds them. */
export interface BootCredentials {
  /** File with lines for /etc/shadow. */
  shadowFile?: string;
  /** File with OpenSSH public key lines. */
  authorizedKeysFile?: string;
}

export interface EmulatorOptions {
  credentials: BootCredentials;
  /** TCP port of 127.0.0.1 that leads to port 22 of the machine. */
  sshPort?: number;
  /** Added to the kernel's command line. */
  append?: string;
}

export interface EmulatorCommand { command: string; argv: string[] }

/** Fills a board's `qemu` settings: `{{kernel}}`, `{{rootfs}}`, `{{append}}`, `{{forward}}`. */
export function emulatorCommand(qemu: QemuSettings, files: EmulatorFiles, options: EmulatorOptions): EmulatorCommand {
  for (const path of [files.kernel, files.rootfs]) refuseComma(path);
  const values: Record<string, string> = {
    kernel: files.kernel,
    rootfs: files.rootfs,
    append: [qemu.append, ...(files.initramfs ? [RUN_FROM_INITRAMFS] : []), options.append ?? ''].filter((part) => part !== '').join(' '),
    forward: options.sshPort === undefined ? '' : `,hostfwd=tcp:127.0.0.1:${options.sshPort}-:22`,
  };
  const given = files.initramfs ? withInitramfs(qemu.arguments) : qemu.arguments;
  const argv = given.map((argument) => argument.replaceAll(/\{\{(\w+)\}\}/g, (whole, name: string) => values[name] ?? whole));
  return { command: qemu.command, argv: [...argv, ...credentialArguments(options.credentials)] };
}

/** Without it the kernel looks for `/init`, which a root that is also meant for disks need not have. */
const RUN_FROM_INITRAMFS = 'rdinit=/sbin/init';

/** The option whose value names the root file system gives way to `-initrd`. */
function withInitramfs(given: readonly string[]): string[] {
  const at = given.findIndex((argument) => argument.includes('{{rootfs}}'));
  return [...given.slice(0, Math.max(0, at - 1)), ...given.slice(at + 1), '-initrd', '{{rootfs}}'];
}

function credentialArguments({ shadowFile, authorizedKeysFile }: BootCredentials): string[] {
  const entry = (name: string, path: string | undefined): string[] => {
    if (path === undefined) return [];
    refuseComma(path);
    return ['-fw_cfg', `name=opt/provenroot/${name},file=${path}`];
  };
  return [...entry('shadow', shadowFile), ...entry('authorized_keys', authorizedKeysFile)];
}

/** A comma ends an option's value in QEMU's own syntax. */
function refuseComma(path: string): void {
  if (path.includes(',')) throw new Failure('EMULATOR.BAD_PATH', `the path ${path} has a comma in it, which QEMU cannot take`, { place: path });
}
