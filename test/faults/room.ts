import { execFileSync } from "node:child_process";
import { mkdirSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { disks, type Disk } from "./story";

/** File systems of their own for parts of a simulated host, which can be made as full as one likes. */
export class Room {
  private readonly mounted: string[] = [];

  /** False where this machine lets nobody mount. Before the host is installed there. */
  take(folder: string): boolean {
    try {
      for (const disk of disks) {
        mkdirSync(join(folder, disk), { recursive: true });
        execFileSync("mount", ["-t", "tmpfs", "-o", "size=2g,mode=0755", "tmpfs", join(folder, disk)], { stdio: "ignore" });
        this.mounted.push(join(folder, disk));
      }
      return true;
    } catch {
      this.give();
      return false;
    }
  }

  /** Leaves so many KiB free on one of them. */
  squeeze(disk: Disk, kib: number): void {
    const at = this.mounted.find((path) => path.endsWith(disk));
    if (at === undefined) return;
    for (let more = kib; ; more += 64) {
      const { blocks, bfree, bsize } = statfsSync(at);
      try {
        return void execFileSync("mount", ["-o", `remount,size=${Math.ceil(((blocks - bfree) * bsize) / 1024) + more}k`, at], { stdio: "ignore" });
      } catch (error) {
        // Somebody wrote between the look and the mount.
        if (more > kib + 1024) throw error;
      }
    }
  }

  relax(): void {
    for (const path of this.mounted) execFileSync("mount", ["-o", "remount,size=2g", path], { stdio: "ignore" });
  }

  give(): void {
    for (const path of this.mounted.splice(0)) execFileSync("umount", ["-l", path], { stdio: "ignore" });
  }
}
