import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { CloudAuthError, CloudConflictError, CloudRefusedError, CloudUnreachableError, MalformedFactError } from "../../provider/errors";
import type { Call } from "../../provider/openstack/cloud";
import { errorOf, opened, secret } from "./clouds";

const services: Call = { service: "compute", method: "GET", path: "/os-services", microversion: "2.53" };
const move: Call = { service: "compute", method: "POST", path: "/servers/s/action", microversion: "2.53", body: { migrate: null } };
const [get, post] = ["GET /compute/v2.1/os-services", "POST /compute/v2.1/servers/s/action"];
const tokenRequest = "POST /identity/v3/auth/tokens";

describe("a call", () => {
  it("asks for one token, however many calls begin at once, and names its version", async () => {
    const { fake, cloud } = await opened({ replies: { [get]: [{ body: { services: [] } }] } });
    const answers = await Promise.all(Array.from({ length: 30 }, () => cloud.call(services)));
    expect(answers).toEqual(Array.from({ length: 30 }, () => ({ status: 200, body: { services: [] } })));
    expect(fake.requests.filter((one) => one === tokenRequest)).toHaveLength(1);
    expect(fake.headers[1]).toMatchObject({ "openstack-api-version": "compute 2.53", "x-auth-token": "token-1" });
  });

  it("gets another token when its own is refused in the middle of a run, once for all calls", async () => {
    const { fake, cloud } = await opened({ requestsPerToken: 10, replies: { [get]: [{ body: {} }] } });
    for (let round = 0; round < 3; round += 1) await Promise.all(Array.from({ length: 6 }, () => cloud.call(services)));
    expect(fake.tokens).toBe(2);
  });

  it("is made again with another token when it writes: one that was refused did nothing", async () => {
    const { fake, cloud } = await opened({ requestsPerToken: 1, replies: { [get]: [{ body: {} }], [post]: [{ status: 202 }] } });
    await cloud.call(services);
    expect(await cloud.call(move)).toEqual({ status: 202, body: undefined });
    expect(fake.requests.map((one) => one.split(" ")[0])).toEqual(["POST", "GET", "POST", "POST", "POST"]);
  });

  it("ends when a new token is refused as well", async () => {
    const { fake, cloud } = await opened({ requestsPerToken: 0 });
    const error = await errorOf(cloud.call(services));
    expect(error).toBeInstanceOf(CloudAuthError);
    expect(error.message).toMatch(/^cloud "lab": Nova at 127.0.0.1:\d+ answered 401 to GET \/os-services: .*checks tokens against another Keystone/);
    expect(fake.tokens).toBe(2);
  });

  it("is repeated while the service is busy or hangs up, and then its answer counts", async () => {
    const { fake, cloud } = await opened({ replies: { [get]: [{ status: 503 }, { hangsUp: true }, { status: 429, headers: { "retry-after": "1" } }, { body: { services: [1] } }] } });
    expect((await cloud.call(services)).body).toEqual({ services: [1] });
    expect(fake.requests).toHaveLength(5);
  });

  it("that must not be done twice is not repeated once it may have arrived", async () => {
    const { fake, cloud } = await opened({ replies: { [post]: [{ hangsUp: true }] } });
    const error = await errorOf(cloud.call(move));
    expect(error).toBeInstanceOf(CloudUnreachableError);
    expect(error.message).toMatch(/did not answer POST \/servers\/s\/action: .*Whether the change was made is not known/);
    expect(fake.requests.filter((one) => one === post)).toHaveLength(1);
  });

  it("has a deadline, also where the service keeps the connection and says nothing", async () => {
    const { cloud } = await opened({ replies: { [get]: [{ afterMilliseconds: 60_000 }] } }, { callTimeoutSeconds: 0.2, totalTimeoutSeconds: 1 });
    const error = await errorOf(cloud.call(services));
    expect(error).toBeInstanceOf(CloudUnreachableError);
    expect(error.message).toMatch(/Nova at 127.0.0.1:\d+ did not answer GET \/os-services: no answer within .* s. Nothing was changed by it/);
  });

  it("to a list is shared by all who ask while another is under way, and is never older than the asking", async () => {
    let serving = 0;
    const { fake, cloud } = await opened({ replies: { [get]: [{ body: 1, afterMilliseconds: 300 }, { body: 2 }, { body: 3 }] } });
    const count = async (): Promise<void> => void expect((await cloud.list(services)).body).toBe((serving += 1) === 1 ? 1 : 2);
    await Promise.all([count(), count(), count(), count()]);
    expect((await cloud.list(services)).body).toBe(3);
    expect(fake.requests.filter((one) => one === get)).toHaveLength(3);
  });

  it("to a list that fails does not fail those who asked later", async () => {
    const { cloud } = await opened({ replies: { [get]: [{ status: 400, afterMilliseconds: 100 }, { body: 2 }] } });
    const [first, second] = [cloud.list(services), cloud.list(services)];
    expect(await errorOf(first)).toBeInstanceOf(CloudRefusedError);
    expect((await second).body).toBe(2);
  });
});

describe("a refusal", () => {
  it.each<[number, unknown, new (...args: never[]) => Error, RegExp]>([
    [400, { badRequest: { message: "No valid host was found.", code: 400 } }, CloudRefusedError, /answered 400 to GET \/os-services: "No valid host was found" \(req-1\)/],
    [403, { forbidden: { message: "Policy doesn't allow os_compute_api:os-services" } }, CloudAuthError, /not for this: it needs the admin role/],
    [404, "", CloudRefusedError, /answered 404/],
    [406, { computeFault: { message: "Version 2.53 is not supported by the API." } }, CloudRefusedError, /Version 2.53 of its API is needed/],
    [409, { errors: [{ status: 409, title: "Conflict", detail: "Somebody else wrote", code: "placement.concurrent_update" }] }, CloudConflictError, /"Somebody else wrote"/],
    [500, "<html>Internal <b>Server</b> Error</html>", CloudRefusedError, /answered 500/],
  ])("%s says who refused what, in the service's own words", async (status, body, type, says) => {
    const { cloud } = await opened({ replies: { [get]: [{ status, body, headers: { "x-openstack-request-id": "req-1" } }] } });
    const error = await errorOf(cloud.call(services));
    expect(error).toBeInstanceOf(type);
    expect(error.message).toMatch(says);
  });

  it("of the credentials is Keystone's, and no secret is in it", async () => {
    const { cloud } = await opened({ keystone: [{ status: 401, body: { error: { message: "The request you have made requires authentication." } } }] });
    const error = await errorOf(cloud.call(services));
    expect(error).toBeInstanceOf(CloudAuthError);
    expect(error.message).toMatch(/Keystone at 127.0.0.1:\d+ answered 401 to POST \/auth\/tokens: "The request you have made requires authentication"/);
    expect(`${inspect(error)}${inspect(cloud, { depth: 9, showHidden: true })}${JSON.stringify(cloud)}`).not.toContain(secret);
  });

  it("by something that is not OpenStack is told as that", async () => {
    const { cloud } = await opened({ keystone: [{ status: 201, body: { hello: "world" } }] });
    expect(await errorOf(cloud.call(services))).toBeInstanceOf(MalformedFactError);
  });
});

describe("an endpoint", () => {
  const catalog = (base: string): unknown => [{ type: "compute", endpoints: [
    { interface: "public", region_id: "north", url: `${base}/compute` }, { interface: "public", region_id: "south", url: "http://127.0.0.1:9" },
  ] }];

  it("is the region's, and Nova's root is spoken to as v2.1", async () => {
    const { cloud } = await opened({ catalog, replies: { [get]: [{ body: {} }] } }, { region: "north" });
    expect((await cloud.call(services)).status).toBe(200);
  });

  it.each([
    [{}, services, /has endpoints in the regions north, south, and none is chosen/],
    [{ region: "west" }, services, /no public endpoint in region west; it has public in north, public in south/],
    [{ interface: "internal" as const }, services, /no internal endpoint/],
    [{}, { ...services, service: "placement" as const }, /has no placement service; it has compute/],
  ])("that is not there is an error that names what is (%j)", async (connection, call, says) => {
    const { cloud } = await opened({ catalog }, connection);
    expect((await errorOf(cloud.call(call))).message).toMatch(says);
  });

  it("that nobody listens on is not reached, and that is said with its address", async () => {
    const { cloud } = await opened({}, { interface: "internal", totalTimeoutSeconds: 1 });
    const error = await errorOf(cloud.call(move));
    expect(error.message).toMatch(/Nova at 127.0.0.1:9 did not answer POST .*ECONNREFUSED.*Nothing was changed: the call never arrived/);
  });
});
