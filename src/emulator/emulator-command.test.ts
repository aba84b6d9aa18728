import { emulatorCommand } from './emulator-command.ts';

const QEMU = {
  command: 'qemu-system-test', append: 'root=/dev/vda console=ttyS0', rootFormat: 'ext4' as const,
  arguments: ['-kernel', '{{kernel}}', '-append', '{{append}}', '-drive', 'file={{rootfs}},if=virtio,snapshot=on', '-netdev', 'user,id=n{{forward}}'],
};
const FILES = { kernel: '/i/bzImage', rootfs: '/i/root.ext4', initramfs: false };

describe('the command of an emulator', () => {
  test('fills kernel, root, command line and no forwarded port unless asked', () => {
    expect(emulatorCommand(QEMU, FILES, { credentials: {} })).toEqual({
      command: 'qemu-system-test',
      argv: ['-kernel', '/i/bzImage', '-append', 'root=/dev/vda console=ttyS0', '-drive', 'file=/i/root.ext4,if=virtio,snapshot=on', '-netdev', 'user,id=n'],
    });
  });

  test('forwards one port of loopback to ssh', () => {
    expect(emulatorCommand(QEMU, FILES, { credentials: {}, sshPort: 2222 }).argv.at(-1)).toBe('user,id=n,hostfwd=tcp:127.0.0.1:2222-:22');
  });

  test('loads an initramfs beside the kernel, not as a drive', () => {
    const { argv } = emulatorCommand(QEMU, { ...FILES, rootfs: '/i/root.cpio.gz', initramfs: true }, { credentials: {} });
    expect(argv).toEqual(['-kernel', '/i/bzImage', '-append', 'root=/dev/vda console=ttyS0 rdinit=/sbin/init', '-netdev', 'user,id=n', '-initrd', '/i/root.cpio.gz']);
  });

  test('hands credentials to this one boot through fw_cfg', () => {
    const { argv } = emulatorCommand(QEMU, FILES, { credentials: { shadowFile: '/t/shadow', authorizedKeysFile: '/t/keys' } });
    expect(argv.slice(-4)).toEqual(['-fw_cfg', 'name=opt/provenroot/shadow,file=/t/shadow', '-fw_cfg', 'name=opt/provenroot/authorized_keys,file=/t/keys']);
  });

  test('refuses a path whose comma QEMU would take for the end of a value', () => {
    expect(() => emulatorCommand(QEMU, { ...FILES, rootfs: '/i/a,b' }, { credentials: {} })).toThrow('comma');
  });
});
