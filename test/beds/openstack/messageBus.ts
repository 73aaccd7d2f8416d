import { chmodSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { libraries } from "./database";
import type { Installation } from "./install";
import type { Ports } from "./ports";

const user = "openstack";

/** transport_url of oslo.messaging. */
export function busUrl(address: string, password: string): string {
  return `rabbit://${user}:${password}@${address}/`;
}

/** Debian's erl names the folder that the package would have been installed to; this one is told. */
const erl = `#!/bin/sh
exec "$BINDIR/erlexec" "$@"
`;

export interface Started {
  readonly command: string[];
  readonly env: NodeJS.ProcessEnv;
}

function erlang(installation: Installation): { root: string; bin: string } {
  const root = join(installation.debian, "usr/lib/erlang");
  const runtime = readdirSync(root).find((name) => name.startsWith("erts-")) ?? "erts";
  return { root, bin: join(root, runtime, "bin") };
}

/** Erlang's port mapper in the foreground: the one that RabbitMQ would start becomes a daemon and stays. */
export function portMapper(installation: Installation, ports: Ports): Started {
  const command = [join(erlang(installation).bin, "epmd"), "-port", `${ports.epmd}`, "-address", "127.0.0.1"];
  return { command, env: libraries(installation) };
}

/** Writes what one RabbitMQ on 127.0.0.1 needs into `folder`, and says how it is started. */
export function rabbitmq(installation: Installation, folder: string, ports: Ports, password: string): Started {
  mkdirSync(join(folder, "bin"), { recursive: true });
  writeFileSync(join(folder, "bin", "erl"), erl);
  chmodSync(join(folder, "bin", "erl"), 0o755);
  writeFileSync(join(folder, "enabled_plugins"), "[].\n");
  const settings = [
    `listeners.tcp.default = 127.0.0.1:${ports.rabbitmq}`, `default_user = ${user}`, `default_pass = ${password}`,
    // Otherwise only a user named guest is believed to be local; a VM's connection comes from 127.0.0.1 as well.
    "loopback_users = none", "vm_memory_high_watermark.absolute = 512MB", "disk_free_limit.absolute = 50MB", "log.file = false",
    "log.console = true", "log.console.level = warning", "",
  ];
  writeFileSync(join(folder, "rabbitmq.conf"), settings.join("\n"), { mode: 0o600 });
  const { root, bin } = erlang(installation);
  const env = {
    ...libraries(installation), HOME: folder, PATH: `${join(folder, "bin")}:${process.env["PATH"]}`,
    ROOTDIR: root, BINDIR: bin, EMU: "beam", PROGNAME: "erl",
    ERL_EPMD_ADDRESS: "127.0.0.1", ERL_EPMD_PORT: `${ports.epmd}`,
    RABBITMQ_NODENAME: "gpuhost@localhost", RABBITMQ_DIST_PORT: `${ports.rabbitmqPeers}`,
    RABBITMQ_CONFIG_FILE: join(folder, "rabbitmq.conf"), RABBITMQ_CONF_ENV_FILE: "/dev/null",
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, "enabled_plugins"), RABBITMQ_MNESIA_BASE: join(folder, "mnesia"),
    RABBITMQ_LOG_BASE: folder, RABBITMQ_PID_FILE: join(folder, "pid"),
    // With "input" allowed the script becomes Erlang instead of waiting beside it.
    RABBITMQ_ALLOW_INPUT: "1",
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: "+S 1:1 +sbwt none -noinput -start_epmd false -kernel inet_dist_use_interface {127,0,0,1}",
  };
  return { command: [join(installation.debian, "usr/lib/rabbitmq/bin/rabbitmq-server")], env };
}
