import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { succeeded } from "../../beds/engine/stack";
import { Flow } from "../../beds/json/flow";

const secret = "correct horse battery staple";

describe("destroy", () => {
  let flow: Flow;
  beforeAll(async () => {
    flow = await Flow.create(
      'for (const name of ["h0", "h1"]) new TestBinding(name, { connection: { host: name, passphrase: { config: "pass" } }, driver: "vfio-pci" });',
      { secrets: { pass: secret } });
    for (const name of ["h0", "h1"]) flow.host(name, { driver: "nvidia" });
    succeeded(await flow.stack.up());
  });
  afterAll(() => flow.dispose());

  it("and `up` hand secrets to the host without any reaching state", async () => {
    expect(flow.calls("h0").filter((call) => call.startsWith("secret"))).not.toContain("secret missing");
    expect(flow.calls("h0")).toContain(`secret ${secret}`);
    expect(JSON.stringify(await flow.stack.exportState())).not.toContain(secret);
  });

  it("is refused while a guest holds the card, and names the way out where a host does not answer", async () => {
    flow.host("h0", { ...flow.look("h0"), guest: true });
    flow.noHost("h1");
    const { exitCode, stdout, stderr } = await flow.stack.destroy("--continue-on-error");
    expect(exitCode).not.toBe(0);
    expect(stdout + stderr).toContain("Guest web-1 holds 0000:41:00.0.");
    expect(stdout + stderr).toContain("pulumi destroy --exclude");
    expect(stdout + stderr).toContain("GPUHOST_GONE_HOSTS=h1 pulumi destroy");
    expect(stdout + stderr).not.toMatch(/ at .*\.js:\d+/);
    expect(flow.look("h0")["driver"]).toBe("vfio-pci");
  });

  it("forgets a host that is declared gone, and undoes the rest, secrets and all", async () => {
    flow.host("h0", { ...flow.look("h0"), guest: false });
    const asked = flow.calls("h1").length;
    succeeded(await flow.stack.run(["destroy", "--stack", "dev", "--yes"], { GPUHOST_GONE_HOSTS: "h1" }));
    expect(flow.look("h0")["driver"]).toBe("nvidia");
    expect(flow.calls("h1")).toHaveLength(asked);
    expect(flow.calls("h0").at(-1)).toBe("apply TestBinding");
    expect(flow.calls("h0")).not.toContain("secret missing");
  });
});

describe("a host that is taken out of the program", () => {
  let flow: Flow;
  beforeAll(async () => {
    flow = await Flow.create('bind("h0"); bind("h1");');
    for (const name of ["h0", "h1"]) flow.host(name, { driver: "nvidia" });
    succeeded(await flow.stack.up());
  });
  afterAll(() => flow.dispose());

  it("is undone, and the preview says what that is", async () => {
    flow.program('bind("h0");');
    expect(succeeded(await flow.stack.preview()).stdout).toMatch(/onDelete *: \{\s*host: "puts back what `plan` changes; never reboots"/);
    flow.program('bind("h0"); bind("h1");');
    succeeded(await flow.stack.up());
    flow.program('bind("h0");');
    const { stdout } = succeeded(await flow.stack.up());
    expect(stdout).toMatch(/onDelete *: \{\s*device 0000:41:00\.0: "driver vfio-pci -> nvidia"/);
    expect([flow.look("h0")["driver"], flow.look("h1")["driver"]]).toEqual(["vfio-pci", "nvidia"]);
  });

  it("is forgotten where the stack's configuration says that it is gone", async () => {
    flow.noHost("h0");
    flow.host("h1", { driver: "nvidia" });
    flow.program('bind("h1");');
    succeeded(await flow.stack.run(["config", "set", "--stack", "dev", "--path", "gpuhost:goneHosts[0]", "h0"]));
    succeeded(await flow.stack.up());
    expect(await flow.stack.resource("h0")).toBeUndefined();
  });
});
