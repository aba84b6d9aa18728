import type Docker from 'dockerode';

import type { LocalStore, Store } from '../store/store.ts';
import { pathBytes, type PathBytes, type TreeEntry } from '../tree/entry.ts';
import { prefixedTree, subtree } from '../tree/merge.ts';
import { fileAt, makeTree } from '../tree/tree.ts';
import { containerOptions } from './container-options.ts';
import { told } from './docker-engine.ts';
import { ownLabels, unlessGone } from './leftovers.ts';
import type { SandboxCommand } from './runner.ts';
import { VARIED_SECCOMP_PROFILE } from './seccomp-profile.ts';
import {
  instrumentConditions, movedBuildPath, OTHER, personality, randomFile, randomId, variedEnvironment, type Surroundings,
} from './variation.ts';

export interface VariedCommand extends SandboxCommand { surroundings: Surroundings }

export interface VariedContainer {
  options: Docker.ContainerCreateOptions;
  /** After the container is gone. */
  remove(): Promise<void>;
}

/** The same command where the build directory is another: its own scripts name it, so they are changed alike. */
export async function movedCommand(command: VariedCommand, store: Store): Promise<VariedCommand> {
  if (!command.surroundings.varied.has('build-path')) return command;
  const mounts = await Promise.all(command.mounts.map(async (mount) => {
    if (mount.at !== '/src') return mount;
    const scripts = await movedScripts(mount.trees, store);
    return scripts === undefined ? mount : { ...mount, trees: [await store.putTree(scripts), ...mount.trees] };
  }));
  return { ...command, mounts };
}

const SCRIPTS = pathBytes('step');

async function movedScripts(trees: SandboxCommand['mounts'][number]['trees'], store: Store): Promise<ReturnType<typeof makeTree> | undefined> {
  const own = trees[0] === undefined ? undefined : subtree(await store.getTree(trees[0]), SCRIPTS);
  if (own === undefined) return undefined;
  const moved: [PathBytes, TreeEntry][] = [];
  for (const [path, entry] of own.entries) {
    const file = fileAt(own, path);
    if (file === undefined) continue;
    const { sha256, sizeBytes } = await store.putBlob(Buffer.from(movedBuildPath(Buffer.from(await store.readBlobBytes(file.sha256)).toString('latin1')), 'latin1'));
    moved.push([path, { ...file, mode: entry.kind === 'file' ? entry.mode : file.mode, sha256, sizeBytes }]);
  }
  return moved.length === 0 ? undefined : prefixedTree(SCRIPTS, makeTree(moved));
}

/** A container as a build's, but for what its surroundings say, and with the instrument that shows them. No right is added. */
export async function variedContainer(
  command: VariedCommand, inputs: Docker.MountSettings[], { engine, store, home }: { engine: Docker; store: LocalStore; home: string },
): Promise<VariedContainer> {
  const { varied } = command.surroundings;
  const base = containerOptions({ ...command, environment: variedEnvironment(command, varied) }, inputs, home);
  const volumes = await variedVolumes(varied, base, engine, home);
  const host = base.HostConfig!;
  const mounts = [...(host.Mounts ?? []).filter(({ Target }) => !OWN.includes(Target)), ...volumes.mounts, ...await instrumentMounts(command, store)];
  const options: Docker.ContainerCreateOptions = {
    ...base,
    Cmd: [...personality(varied), ...command.argv],
    WorkingDir: buildDirectory(varied),
    Hostname: varied.has('hostname') ? OTHER.hostname : base.Hostname!,
    Domainname: varied.has('domain') ? OTHER.domainname : base.Domainname!,
    User: varied.has('user') ? `${OTHER.uid}:${OTHER.uid}` : base.User!,
    HostConfig: {
      ...host,
      Mounts: mounts,
      SecurityOpt: ['no-new-privileges', `seccomp=${VARIED_SECCOMP_PROFILE}`],
      ...(varied.has('cpu-count') ? { CpusetCpus: '0' } : {}),
    },
  };
  return { options, remove: volumes.remove };
}

const OWN: readonly (string | undefined)[] = ['/build', '/out'];

function buildDirectory(varied: Surroundings['varied']): string {
  return varied.has('build-path') ? OTHER.buildDirectory : '/build';
}

interface Volumes { mounts: Docker.MountSettings[]; remove(): Promise<void> }

/** A step's own volumes take their owner from the image; where that is not enough they are open to all, as /tmp is. */
async function variedVolumes(varied: Surroundings['varied'], { Image, HostConfig }: Docker.ContainerCreateOptions, engine: Docker, home: string): Promise<Volumes> {
  const made: string[] = [];
  const labels = ownLabels(home);
  const remove = async (): Promise<void> => {
    for (const name of made) await told('removing a volume', () => unlessGone(() => engine.getVolume(name).remove()));
  };
  const openVolume = async (target: string): Promise<Docker.MountSettings> => {
    const { name } = await told('making a volume', () => engine.createVolume({ Labels: labels }));
    made.push(name);
    await likeTemporary(name, Image!, engine, home);
    return { Type: 'volume', Source: name, Target: target, VolumeOptions: { NoCopy: true, Labels: {}, DriverConfig: { Name: 'local', Options: {} } } };
  };
  const asBuilt = (target: string): Docker.MountSettings[] => (HostConfig?.Mounts ?? []).filter(({ Target }) => Target === target);
  const build = buildDirectory(varied);
  const mounts: Docker.MountSettings[] = [];
  try {
    if (varied.has('storage')) mounts.push(inMemory(build, labels));
    else mounts.push(...(varied.has('user') || varied.has('build-path') ? [await openVolume(build)] : asBuilt(build)));
    mounts.push(...(varied.has('user') ? [await openVolume('/out')] : asBuilt('/out')));
    if (varied.has('build-path')) mounts.push(inMemory('/build/home', labels));
    return { mounts, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** A volume, because the engine's own tmpfs takes its rights from the image where the image has that directory. */
function inMemory(target: string, labels: Record<string, string>): Docker.MountSettings {
  const options = { type: 'tmpfs', device: 'tmpfs', o: 'mode=1777,nosuid,nodev' };
  return { Type: 'volume', Source: '', Target: target, VolumeOptions: { NoCopy: true, Labels: labels, DriverConfig: { Name: 'local', Options: options } } };
}

/** The engine gives an empty volume the owner and rights of the directory that it is first mounted on: no container need run. */
async function likeTemporary(volume: string, image: string, engine: Docker, home: string): Promise<void> {
  const mount: Docker.MountSettings = { Type: 'volume', Source: volume, Target: '/tmp', VolumeOptions: { NoCopy: false, Labels: {}, DriverConfig: { Name: 'local', Options: {} } } };
  const container = await told('making a container', () => engine.createContainer({
    Image: image, Cmd: ['true'], NetworkDisabled: true, Labels: ownLabels(home), HostConfig: { NetworkMode: 'none', Mounts: [mount] },
  }));
  await told('removing a container', () => unlessGone(() => container.remove({ force: true })));
}

const LOCALE_DIRECTORY = `/usr/lib/locale/${OTHER.locale.replace('.UTF-8', '.utf8')}`;

/** The instrument stands in every run that is compared, so that it makes no difference itself. */
async function instrumentMounts(command: VariedCommand, store: LocalStore): Promise<Docker.MountSettings[]> {
  const { varied, instrument } = command.surroundings;
  const text = async (content: string | Uint8Array): Promise<TreeEntry> => {
    const { sha256, sizeBytes } = await store.putBlob(Buffer.from(content));
    return { kind: 'file', mode: 0o644, uid: 0, gid: 0, sha256, sizeBytes };
  };
  const tree = makeTree([
    ...(await store.getTree(instrument)).entries,
    [pathBytes('conditions'), await text(instrumentConditions(varied))], [pathBytes('random'), await text(randomFile(varied))], [pathBytes('uuid'), await text(randomId(varied))],
    [pathBytes('ld.so.preload'), await text('/variation/preload.so\n')],
    [pathBytes('passwd'), await text(`root:x:0:0:root:/root:/bin/sh\n${OTHER.user}:x:${OTHER.uid}:${OTHER.uid}:${OTHER.user}:/build/home:/bin/sh\n`)],
    [pathBytes('group'), await text(`root:x:0:\n${OTHER.user}:x:${OTHER.uid}:\n`)],
  ]);
  const directory = await store.checkout(await store.putTree(tree), command.epochSeconds);
  const bind = (name: string, target: string): Docker.MountSettings => ({ Type: 'bind', Source: `${directory}${name}`, Target: target, ReadOnly: true });
  const users = varied.has('user') ? [bind('/passwd', '/etc/passwd'), bind('/group', '/etc/group')] : [];
  return [
    bind('', '/variation'), bind('/ld.so.preload', '/etc/ld.so.preload'), bind('/locale', LOCALE_DIRECTORY), bind('/random', '/dev/random'), bind('/random', '/dev/urandom'), ...users,
  ];
}
