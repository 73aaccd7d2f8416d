#!/usr/bin/env node
import { runCommand } from "./program";

// A reader that has seen enough (`| head`) is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});

void runCommand(process.argv.slice(2)).then((status) => {
  process.exitCode = status;
});
