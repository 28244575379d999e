// What Node's HTTP server makes of heads. Standard input: heads, each behind its
// length in 4 bytes, little-endian. Standard output: one JSON object a line. Each
// head gets a connection of its own over a unix socket, and is followed by its end.
'use strict';

const fs = require('fs');
const http = require('http');
const net = require('net');
const os = require('os');
const path = require('path');

let trial; // the head that is being tried: a function that takes the first verdict on it

function accepted(request) {
  const fields = [];
  for (let i = 0; i < request.rawHeaders.length; i += 2) {
    fields.push([request.rawHeaders[i], request.rawHeaders[i + 1]]);
  }
  request.socket.trial({verdict: 'accepted', method: request.method, target: request.url, fields});
}

const server = http.createServer(accepted);
server.on('connection', (socket) => { socket.trial = trial; });
server.on('checkContinue', accepted);
server.on('checkExpectation', accepted);
server.on('connect', accepted);
server.on('upgrade', accepted);
server.on('clientError', (error, socket) => {
  socket.trial({verdict: 'refused', reason: error.code});
});

function tryHead(head, address) {
  return new Promise((resolve) => {
    const socket = net.connect(address);
    trial = (verdict) => {
      socket.destroy();
      resolve(verdict);
    };
    let answer = '';
    socket.on('data', (bytes) => { answer += bytes.toString('latin1'); });
    socket.on('error', () => {});
    // A missing Host is answered by the server itself, without an event. A verdict
    // that came before makes this one void.
    socket.on('close', () => {
      resolve({verdict: 'refused', reason: answer.split('\r\n')[0]});
    });
    socket.end(head);
  });
}

async function main() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'verdicts-'));
  const address = path.join(folder, 'socket');
  await new Promise((resolve) => server.listen(address, resolve));
  const input = fs.readFileSync(0);
  const lines = [];
  for (let at = 0; at < input.length;) {
    const length = input.readUInt32LE(at);
    lines.push(await tryHead(input.subarray(at + 4, at + 4 + length), address));
    at += 4 + length;
  }
  server.close();
  server.closeAllConnections();
  fs.rmSync(folder, {recursive: true});
  process.stdout.write(lines.map((line) => JSON.stringify(line) + '\n').join(''));
}

main();
