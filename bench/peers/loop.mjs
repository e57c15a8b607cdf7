// The Runtime API in Node's standard library and nothing more: an echo, the least that a runtime in JavaScript does.
// AWS's own client (aws-lambda-ric) does more for each event; name it as a peer where it is installed.
import http from "node:http";

const [hostname, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const root = "/2018-06-01/runtime/invocation/";
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

function call(method, path, body) {
  return new Promise((resolve, reject) => {
    const request = http.request({ agent, hostname, port, method, path }, (response) => {
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.on("end", () => resolve({ response, text: Buffer.concat(parts).toString() }));
    });
    request.on("error", reject);
    if (body !== undefined) request.setHeader("Content-Length", Buffer.byteLength(body));
    request.end(body);
  });
}

function handler(event) {
  return event;
}

for (;;) {
  const { response, text } = await call("GET", `${root}next`);
  if (response.statusCode !== 200) throw new Error(`/next answered ${response.statusCode}`);
  const id = response.headers["lambda-runtime-aws-request-id"];
  await call("POST", `${root}${id}/response`, JSON.stringify(handler(JSON.parse(text))));
}
