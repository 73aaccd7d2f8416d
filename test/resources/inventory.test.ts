import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { hostsFromInventory, type InventoryOptions } from "../../provider/resources/inventory";

const region = join(resolve(__dirname, ".."), "inventory", "cases", "a-region", "hosts.yml");
const jump = { host: "jump.example.org", port: 2222, user: "ops" };
const shared = { user: "ops", identityFiles: ["~/.ssh/gpu_ed25519"], jumpHosts: [jump] };
const fromText = (text: string, options: InventoryOptions = {}, format: "ini" | "yaml" = "ini"): unknown => hostsFromInventory({ text, format, name: "hosts" }, options);
const vault = "!vault |\n        $ANSIBLE_VAULT;1.1;AES256\n        6231306562333765\n";

describe("hosts of an inventory as GpuFleet takes them", () => {
  it("takes the first way through jump hosts, as ssh does, and none where a host says none", () => {
    const of = (variables: string): unknown => (fromText(`hv1 ${variables}\n`, { connection: { ...shared } }) as { hv1: { connection: { jumpHosts?: unknown } } }).hv1.connection.jumpHosts;
    expect(of("ansible_ssh_common_args='-o ProxyJump=a -o ProxyJump=b' ansible_ssh_extra_args='-J c'")).toEqual([{ host: "a" }]);
    expect(of("ansible_ssh_args='-C -J z' ansible_ssh_common_args='-J a'")).toEqual([{ host: "z" }]);
    expect(of("ansible_ssh_common_args='-o ProxyJump=none'")).toEqual([]);
    expect(of("ansible_user=ops")).toEqual([jump]);
  });

  it("reads a region: connections, cards, what a host says itself, and groups as domains", () => {
    const hosts = hostsFromInventory(region, { group: "gpu", domains: { rack: "rack_*", aggregate: ["a100", "h100"] }, defaults: { trustLevel: "trusted-projects", reboot: "never" } });
    const common = { trustLevel: "trusted-projects", kernelArguments: { shouldExist: ["intel_iommu=on"] } };
    const cards = [{ address: "0000:65:00.0", id: "10de:20b5" }];
    expect(Object.entries(hosts)).toEqual([
      ["hv01.example.org", { ...common, cards, reboot: "whenNeeded", domains: { rack: ["rack_r12"], aggregate: ["a100"] }, connection: { host: "hv01.example.org", ...shared } }],
      ["hv02.example.org", {
        ...common, cards: [{ address: "0000:41:00.0", id: "10de:2231" }], reboot: "never", domains: { rack: ["rack_r12"], aggregate: ["a100"], zone: "z2" },
        connection: { host: "hv02.example.org", ...shared, hostKey: `SHA256:${"0".repeat(43)}` },
      }],
      ["hv03.example.org", { ...common, cards, reboot: "whenNeeded", domains: { rack: ["rack_r13"], aggregate: ["a100"] }, connection: { host: "192.0.2.13", port: 2022, ...shared } }],
    ]);
  });

  it("puts the host's own name where a template says it and nothing else", () => {
    expect(fromText("hv1.example.org\n[all:vars]\nansible_host={{ inventory_hostname_short }}.mgmt.example.org\ngpuhost_domains={'host': ['{{inventory_hostname}}']}\n")).toEqual({
      "hv1.example.org": { domains: { host: ["hv1.example.org"] }, connection: { host: "hv1.mgmt.example.org" } },
    });
  });

  it("lays a host's own connection over the caller's", () => {
    expect(fromText("hv1 ansible_port=2022\nhv2 ansible_ssh_common_args='-J a,root@[2001:db8::1]:23'\n", { connection: { user: "ops", port: 22, sudo: { password: { config: "sudoPassword" } } }, defaults: { byIds: ["10de:20b5"] } })).toEqual({
      hv1: { cards: [], byIds: ["10de:20b5"], connection: { host: "hv1", user: "ops", port: 2022, sudo: { password: { config: "sudoPassword" } } } },
      hv2: { cards: [], byIds: ["10de:20b5"], connection: { host: "hv2", user: "ops", port: 22, sudo: { password: { config: "sudoPassword" } }, jumpHosts: [{ host: "a" }, { host: "2001:db8::1", user: "root", port: 23 }] } },
    });
  });

  it("says everything that is wrong at once, with file, line, host and variable", () => {
    const text = "[gpu]\nhv1 ansible_port=99999\nhv2 gpuhost_rebot=never\n[gpu:vars]\ngpuhost_cards=[{'address': '65:00.0', 'id': '10de:20b5'}]\n";
    expect(() => fromText(text)).toThrow([
      "3 mistakes in the inventory:",
      '  hosts:2: hv1: ansible_host: expected a port, a whole number from 1 to 65535, found 99999.',
      '  hosts:5: hv1: gpuhost_cards: [0].address: expected a PCI address such as "0000:65:00.0" (with its domain, lower case), found "65:00.0".',
      "  hosts:3: hv2: gpuhost_rebot: this is not known here; did you mean gpuhost_reboot?",
    ].join("\n").replace("hv1: ansible_host", "hv1: ansible_port"));
  });

  it.each<[string, string, RegExp]>([
    ["a vault value of a variable that counts", `all:\n  hosts:\n    hv1:\n      ansible_user: ${vault}`, /^hosts:4: hv1: ansible_user: the value is encrypted with Ansible Vault/],
    ["a vault value inside one", `all:\n  hosts:\n    hv1:\n      gpuhost_connection:\n       hostKey: ${vault}`, /hv1: gpuhost_connection: the value is encrypted/],
    ["a sudo password in the vault", `all:\n  hosts:\n    hv1:\n      ansible_become_password: ${vault}`, /hv1: ansible_become_password: a password is never taken from an inventory/],
    ["a password in the clear", "all: { hosts: { hv1: { ansible_password: 6231306562333765 } } }", /hv1: ansible_password: hosts are entered with keys, never with a password/],
    ["a template", "all: { hosts: { hv1: { ansible_host: '{{ address }}' } } }", /hv1: ansible_host: the value is a template/],
    ["another way than SSH", "all: { hosts: { hv1: { ansible_connection: local } } }", /hv1: ansible_connection: hosts are reached over SSH, and this says "local"/],
    ["a proxy command where Ansible's own arguments usually stand", "all: { hosts: { hv1: { ansible_ssh_args: '-C -o ProxyCommand=\"nc %h\"' } } }", /hv1: ansible_ssh_args: of the arguments of ssh only -J/],
    ["a proxy command", "all: { hosts: { hv1: { ansible_ssh_common_args: '-o ProxyCommand=\"nc %h\"' } } }", /hv1: ansible_ssh_common_args: of the arguments of ssh only -J and -o ProxyJump= are taken over/],
    ["an address that YAML takes for a number", "all: { hosts: { hv1: { gpuhost_cards: [{ address: 0000:41:00.0, id: '10de:20b5' }] } } }", /found 2460\. Without quotes YAML takes some addresses for numbers/],
    ["a group that is not there", "gpu: { hosts: { hv1: } }", /^hosts:1: there is no group gup; did you mean gpu\?$/],
  ])("refuses %s by name, and shows no secret", (what, text, says) => {
    let said = "";
    try {
      fromText(text, what.startsWith("a group") ? { group: "gup" } : {}, "yaml");
    } catch (error) {
      said = (error as Error).message;
    }
    expect(said).toMatch(says);
    expect(said).not.toContain("6231306562333765");
  });

  it("takes nothing of a password where the caller says how the host is entered", () => {
    const text = `all:\n  hosts:\n    hv1:\n      ansible_ssh_private_key_file: k\n      ansible_password: geheim\n      ansible_become_password: ${vault}`;
    expect(fromText(text, { connection: { sudo: {} } }, "yaml")).toEqual({ hv1: { connection: { host: "hv1", identityFiles: ["k"], sudo: {} } } });
  });
});
