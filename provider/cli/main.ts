#!/usr/bin/env node
import { runCommand } from "./program";

void runCommand(process.argv.slice(2)).then((status) => {
  process.exitCode = status;
});
