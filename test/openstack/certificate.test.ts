import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { CloudUnreachableError } from "../../provider/errors";
import type { Call } from "../../provider/openstack/cloud";
import { openCloud } from "../../provider/openstack/openCloud";
import { directory, environment, errorOf, secret } from "./clouds";

const call: Call = { service: "compute", method: "GET", path: "/os-aggregates" };

it("a certificate that nobody here trusts ends the call before the password is sent, and the authority that is named is trusted", async () => {
  const folder = directory();
  const [key, certificate] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
  const request = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  execFileSync("openssl", [...request, "-keyout", key, "-out", certificate], { stdio: "ignore" });
  const requests: string[] = [];
  const server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (asked, answer) => {
    requests.push(`${asked.method} ${asked.url}`);
    const endpoints = [{ interface: "public", region_id: "one", url: `${address()}/v2.1` }];
    answer.writeHead(201, { "x-subject-token": "token" }).end(JSON.stringify({ token: { catalog: [{ type: "compute", endpoints }] } }));
  });
  const address = (): string => `https://localhost:${(server.address() as AddressInfo).port}`;
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  environment({ OS_AUTH_URL: address(), OS_USERNAME: "admin", OS_PASSWORD: secret });
  const error = await errorOf(openCloud({}).call(call));
  expect(error).toBeInstanceOf(CloudUnreachableError);
  expect(error.message).toMatch(/self-signed certificate.*name the authority in cacert/);
  expect(requests).toEqual([]);
  expect((await openCloud({ caCertificateFile: certificate }).call(call)).status).toBe(201);
  expect(requests).toEqual(["POST /v3/auth/tokens", "GET /v2.1/os-aggregates"]);
});
