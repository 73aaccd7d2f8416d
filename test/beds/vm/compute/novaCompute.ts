import type { LabHost } from "../labHost";
import { sleep } from "../process";

const unit = "nova-compute.service";
const logFile = "/var/log/nova/nova-compute.log";

/** The Nova service of a compute host. It is not enabled: after a boot it runs only where `enable` was called. */
export class NovaCompute {
  constructor(private readonly host: LabHost) {}

  /** Returns when systemd has started the process; Nova itself needs half a minute more (waitForLog). */
  async start(): Promise<void> {
    await this.host.read(`systemctl start ${unit}`);
  }

  async stop(): Promise<void> {
    await this.host.read(`systemctl stop ${unit}`);
  }

  async restart(): Promise<void> {
    await this.host.read(`systemctl restart ${unit}`);
  }

  /** From the next boot on it starts by itself. */
  async enable(): Promise<void> {
    await this.host.read(`systemctl enable -q ${unit}`);
  }

  /** systemd's word: active, activating (also between two failed starts), inactive, failed. */
  async state(): Promise<string> {
    return (await this.host.ssh(`systemctl is-active ${unit}`)).stdout.trim();
  }

  /** Arguments of the running process, as the kernel has them; empty where it does not run. */
  async commandLine(): Promise<string[]> {
    const text = await this.host.read(`pid=$(systemctl show -P MainPID ${unit}); [ "$pid" = 0 ] || tr '\\0' '\\n' </proc/$pid/cmdline`);
    return text.split("\n").filter(Boolean);
  }

  /** Its whole log file; with `lines` only the last ones. */
  log(lines?: number): Promise<string> {
    return this.host.read(lines === undefined ? `cat ${logFile}` : `tail -n ${lines} ${logFile}`);
  }

  /** What it said outside its log file: why it could not start. */
  journal(): Promise<string> {
    return this.host.read(`journalctl --no-pager -o cat -u ${unit}`);
  }

  /** Number of lines the log has now, to be given to `waitForLog`. */
  async logLength(): Promise<number> {
    return Number(await this.host.read(`[ ! -e ${logFile} ] && echo 0 || wc -l <${logFile}`));
  }

  /** Waits for a line after the first `skip` ones and returns it. Ends early when the service has failed. */
  async waitForLog(pattern: RegExp, deadlineSeconds: number, skip = 0): Promise<string> {
    const until = Date.now() + deadlineSeconds * 1000;
    for (;;) {
      const lines = (await this.host.ssh(`tail -n +${skip + 1} ${logFile}`)).stdout.split("\n");
      const found = lines.find((line) => pattern.test(line));
      if (found !== undefined) return found;
      const failed = ["failed", "inactive"].includes(await this.state());
      if (failed || Date.now() > until) {
        const why = failed ? "the service ended" : `not within ${deadlineSeconds} s`;
        throw new Error(`${this.host.name}: nova-compute did not log ${pattern}: ${why}.\n${lines.slice(-15).join("\n")}\n${(await this.journal()).slice(-1500)}`);
      }
      await sleep(0.5);
    }
  }
}
