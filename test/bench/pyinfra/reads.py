# Facts of what every row reads, one command a fact, as pyinfra's own facts are made.
import json
import os
import shlex

from pyinfra import host
from pyinfra.api import FactBase

with open(os.environ["BENCH_READS"], encoding="utf8") as file:
    reads = json.load(file)


def fact_of(name, shell):
    def command(self):
        # What is not there on a host is no failure.
        return f"sh -c {shlex.quote('cd ' + reads['tree'] + ' && { ' + shell + '; } 2>/dev/null; true')}"

    def process(self, output):
        return list(output)

    return type(f"Read{name.capitalize()}", (FactBase,), {"command": command, "process": process, "__module__": __name__})


for name, shell in reads["commands"].items():
    lines = host.get_fact(fact_of(name, shell))
    if name in ("functions", "groups") and not lines:
        raise RuntimeError(f"{host.name}: {name} were not read")
