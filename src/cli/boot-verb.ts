import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { EXIT, type ExitCode } from '../foundation/exit-codes.ts';
import { Failure } from '../foundation/failure.ts';
import { imagesOnRecord, type BuiltImage } from '../actions/build-target.ts';
import type { Workshop } from '../actions/workshop.ts';
import type { QemuSettings } from '../catalog/model.ts';
import { checkBoot } from '../emulator/check-boot.ts';
import { emulatorCommand, type BootCredentials, type EmulatorCommand } from '../emulator/emulator-command.ts';
import { attachMachine, startMachine } from '../emulator/machine.ts';
import { exportImages } from './build-verb.ts';
import type { CliDeps } from './cli-deps.ts';
import { harmless } from './output.ts';
import { printShape } from './print-shape.ts';
import type { BootVerb } from './verbs.ts';

/** Nobody's password: this boot's credentials let root in without one; the image itself stays locked. */
const OPEN_ROOT = 'root::19700:0:99999:7:::\n';
const DEFAULT_COMMAND = 'uname -a';

/** Boots a build's kernel and root file system; never changes an image. */
export async function bootVerb(input: BootVerb, deps: CliDeps): Promise<ExitCode> {
  await deps.setUp(['boot']);
  const scratch = await mkdtemp(join(tmpdir(), 'provenroot-boot-'));
  try {
    const command = await deps.withWorkshop((workshop) => bootCommand(input, scratch, deps, workshop));
    if (!input.check) return await attachMachine(command) === 0 ? EXIT.done : EXIT.no;
    return await checked(command, input, deps);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function bootCommand(input: BootVerb, scratch: string, deps: CliDeps, workshop: Workshop): Promise<EmulatorCommand> {
  const build = await workshop.records.resolveBuild(input.target);
  const qemu = await qemuSettings(build.id, workshop);
  const images = await imagesOnRecord(build.id, workshop);
  const kernel = chosenImage(images, ({ format }) => format === 'kernel', 'a kernel', build.id);
  const rootfs = input.image === undefined
    ? chosenImage(images, ({ format }) => format === qemu.rootFormat, `a root file system as ${qemu.rootFormat}`, build.id)
    : chosenImage(images, ({ name }) => name === input.image, `an image ${input.image}`, build.id);
  const directory = join(deps.home, 'images', build.id);
  await mkdir(directory, { recursive: true });
  const paths = await exportImages([kernel, rootfs], directory, workshop);
  return emulatorCommand(qemu, { kernel: paths.get(kernel.name)!, rootfs: paths.get(rootfs.name)!, initramfs: rootfs.format === 'cpio.gz' }, {
    credentials: await credentials(input, scratch), ...(input.sshPort === undefined ? {} : { sshPort: input.sshPort }),
  });
}

async function credentials({ authorizedKeys }: BootVerb, scratch: string): Promise<BootCredentials> {
  const shadowFile = join(scratch, 'shadow');
  await writeFile(shadowFile, OPEN_ROOT, { mode: 0o600 });
  return authorizedKeys === undefined ? { shadowFile } : { shadowFile, authorizedKeysFile: resolve(authorizedKeys) };
}

async function qemuSettings(buildId: string, { records, catalogs }: Workshop): Promise<QemuSettings> {
  const found = await records.builds.request(buildId);
  const request = found?.request as { catalog: Parameters<typeof catalogs.pinned>[0]; configuration: { board: string } };
  const { catalog } = await catalogs.pinned(request.catalog);
  const board = catalog.boards.get(request.configuration.board);
  if (board?.qemu === undefined) {
    throw new Failure('EMULATOR.NOT_BOOTABLE', `the board ${request.configuration.board} does not say how QEMU runs it`, { place: `boards/${request.configuration.board}/board.yaml` });
  }
  return board.qemu;
}

function chosenImage(images: readonly BuiltImage[], fits: (image: BuiltImage) => boolean, what: string, build: string): BuiltImage {
  const found = images.find(fits);
  if (found !== undefined) return found;
  throw new Failure('EMULATOR.NOT_BOOTABLE', `build ${build} has no ${what.replace(/^an? /, '')}`, { place: build, hint: `It has ${images.map(({ name }) => name).join(', ') || 'no images'}.` });
}

async function checked(command: EmulatorCommand, input: BootVerb, deps: CliDeps): Promise<ExitCode> {
  const { terminal, clock } = deps;
  const startedMs = clock.monotonicMs();
  const asked = input.command ?? DEFAULT_COMMAND;
  const machine = await startMachine(command, (text) => { if (!input.json) terminal.note(harmless(text.replaceAll('\r', ''))); });
  const stop = (): void => { void machine.stop(); };
  deps.signal.addEventListener('abort', stop);
  try {
    const { answer } = await checkBoot(machine, asked);
    const elapsedMs = Math.round(clock.monotonicMs() - startedMs);
    if (input.json) printShape(terminal, 'boot', { target: input.target, booted: true, command: asked, answer, elapsedMs });
    else terminal.data(`booted, logged in, ran "${asked}", powered off in ${(elapsedMs / 1000).toFixed(1)} s\n${harmless(answer)}\n`);
    return EXIT.done;
  } finally {
    deps.signal.removeEventListener('abort', stop);
    await machine.stop();
  }
}
