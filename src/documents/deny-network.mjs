// Loaded before a foreign judge: what it judges must not make it call anybody. Together with `--permission`, which leaves it no
// child processes, workers or native code to do it with.
import dgram from 'node:dgram';
import dns from 'node:dns';
import net from 'node:net';

const refuse = () => { throw Object.assign(new Error('a gate has no network'), { code: 'ENETUNREACH' }); };
net.Socket.prototype.connect = refuse;
net.Server.prototype.listen = refuse;
dgram.createSocket = refuse;
for (const name of ['lookup', 'lookupService', 'resolve']) dns[name] = dns.promises[name] = refuse;
