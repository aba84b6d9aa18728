import { PassThrough } from 'node:stream';

import { checkBoot } from './check-boot.ts';
import { SerialSession } from './serial-session.ts';

function session(): { serial: SerialSession; machine: PassThrough; typed: PassThrough } {
  const machine = new PassThrough();
  const typed = new PassThrough();
  return { serial: new SerialSession(machine, typed, () => undefined), machine, typed };
}

describe('a serial line', () => {
  test('waits for a pattern that comes in pieces and consumes up to its end', async () => {
    const { serial, machine } = session();
    const waiting = serial.waitFor(/login: /, 'login', 1000);
    machine.write('boot...\r\nprovenroot lo');
    machine.write('gin: rest');
    await waiting;
    expect((await serial.waitFor(/.*$/, 'rest', 1000))[0]).toBe('rest');
  });

  test('says what it waited for and what it heard last when nothing comes', async () => {
    const { serial, machine } = session();
    machine.write('Kernel panic - not syncing\r\n');
    await expect(serial.waitFor(/login: /, 'login prompt', 50)).rejects.toThrow(/no login prompt within .*Kernel panic/);
  });

  test('ends waiting when the machine ends', async () => {
    const { serial, machine } = session();
    machine.end('bye');
    await expect(serial.waitFor(/login: /, 'login prompt', 5000)).rejects.toThrow('the machine ended before login prompt');
  });

  test('an answer is what the command printed, not the echo of what was typed', async () => {
    const { serial, machine, typed } = session();
    let ended = (): void => undefined;
    const over = new Promise<number | null>((resolve) => { ended = () => resolve(0); });
    typed.setEncoding('utf8').on('data', (text: string) => {
      machine.write(text.replace('\n', '\r\n'));
      if (text === 'root\n') machine.write('~ # ');
      else if (text.startsWith('echo mark')) machine.write('mark-42\r\nx86_64\r\nmark-53-0\r\n~ # ');
      else if (text === 'poweroff\n') ended();
    });
    machine.write('provenroot login: ');
    expect(await checkBoot({ serial, ended: over, stop: async () => undefined }, 'uname -m')).toEqual({ answer: 'x86_64' });
  });
});
