import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { disks, type Disk } from "./story";

/** File systems of their own for parts of a simulated host, which can be made as full as one likes. */
export class Room {
  private readonly mounted: string[] = [];

  /** Whether this machine lets somebody mount. */
  static isPossible(): boolean {
    const folder = mkdtempSync(join(tmpdir(), "gpuhost-room-"));
    const room = new Room();
    const can = room.take(folder);
    room.give();
    rmSync(folder, { recursive: true });
    return can;
  }

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

  /** Leaves so many KiB free on one of them. False where there is none. */
  squeeze(disk: Disk, kib: number): boolean {
    const at = this.mounted.find((path) => path.endsWith(disk));
    if (at === undefined) return false;
    for (let more = kib; ; more += 64) {
      const { blocks, bfree, bsize } = statfsSync(at);
      try {
        // To the kernel a size of 0 is none at all, and it sets no other one later (mm/shmem.c, shmem_reconfigure).
        this.remount(at, `${Math.max(4, Math.ceil(((blocks - bfree) * bsize) / 1024) + more)}k`);
        return true;
      } catch (error) {
        // Somebody wrote between the look and the mount.
        if (more > kib + 1024) throw error;
      }
    }
  }

  relax(): void {
    for (const path of this.mounted) this.remount(path, "2g");
  }

  private remount(path: string, size: string): void {
    execFileSync("mount", ["-o", `remount,size=${size}`, path], { stdio: ["ignore", "ignore", "pipe"] });
  }

  give(): void {
    for (const path of this.mounted.splice(0)) execFileSync("umount", ["-l", path], { stdio: "ignore" });
  }
}
