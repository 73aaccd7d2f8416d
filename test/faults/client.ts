import { openHostsWith } from "../../provider/controllers/hosts";
import type { Connection, ConnectOptions } from "../../provider/host/connection";
import type { Host } from "../../provider/host/host";
import { sshHost } from "../../provider/host/sshHost";
import type { Wire } from "./wire";

/** Thrown by every call of a client that was killed: no code of its operator's run touches the host after that. */
export class Killed extends Error {}

export interface Patience {
  /** Seconds for a host that is lost in the middle of a transaction. */
  readonly reconnectSeconds: number;
  /** Seconds for a login, and between two signs of life. */
  readonly connectSeconds: number;
  readonly keepaliveSeconds: number;
  /** Most seconds that a boot is waited for, whatever the program says. */
  readonly bootSeconds: number;
}

const clients = new Map<string, Client>();

/**
 * One operator's provider process, as far as a host can tell: real SSH, the real following of transactions, only with shorter pauses.
 * Killed, its connections break, and nothing of it does anything any more; what its host was at, the host goes on with.
 */
export class Client {
  private killed = false;
  private readonly died: Promise<never>;
  private die: (error: Killed) => void = () => undefined;
  private readonly inFlight = new Set<Promise<unknown>>();

  /** `beforeOrder`: what a transaction waits for before it is sent. */
  constructor(readonly who: string, private readonly wire: Wire, private readonly patience: Patience, private readonly beforeOrder: () => Promise<void> = async () => undefined) {
    this.died = new Promise((_resolve, reject) => (this.die = reject));
    this.died.catch(() => undefined);
    clients.set(wire.address, this);
  }

  get alive(): boolean {
    return !this.killed;
  }

  async open(connection: Connection, options: ConnectOptions): Promise<Host> {
    const { connectSeconds, keepaliveSeconds, reconnectSeconds } = this.patience;
    const host = await sshHost({ ...connection, connectTimeoutSeconds: connectSeconds, keepaliveSeconds }, options, { pauseSeconds: 0.2, intervalSeconds: 0.3, reconnectSeconds });
    return {
      name: host.name,
      observe: () => this.call(() => host.observe()),
      apply: (transaction, progress) => this.call(async () => (await this.beforeOrder(), host.apply({ ...transaction, who: this.who }, progress))),
      reaches: (address, port) => this.call(() => host.reaches(address, port)),
      waitForBoot: (bootId, deadlineSeconds, progress) =>
        // Only looks: it need not have ended before the next client comes.
        this.call(() => host.waitForBoot(bootId, Math.min(deadlineSeconds, this.patience.bootSeconds), progress), false),
      close: () => host.close(),
    };
  }

  /** Ends it as SIGKILL would; resolves when nothing of it is left that could still write to the host. */
  async kill(): Promise<void> {
    if (this.killed) return;
    this.killed = true;
    const closed = this.wire.close();
    this.die(new Killed(`${this.who} was killed`));
    await closed;
    await Promise.allSettled(this.inFlight);
  }

  private async call<T>(work: () => Promise<T>, writes = true): Promise<T> {
    if (this.killed) throw new Killed(`${this.who} was killed`);
    const mine = work();
    mine.catch(() => undefined);
    if (writes) this.inFlight.add(mine);
    try {
      return await Promise.race([mine, this.died]);
    } finally {
      void mine.catch(() => undefined).finally(() => this.inFlight.delete(mine));
    }
  }
}

/** From now on in this process, whoever opens a host gets it through the client that was last made for its address. */
export function openThroughClients(): void {
  openHostsWith((connection, options) => {
    const client = clients.get(connection.host);
    if (client === undefined) throw new Error(`no client for ${connection.host}`);
    return client.open(connection, options);
  });
}
