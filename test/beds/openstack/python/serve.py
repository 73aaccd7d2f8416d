"""serve.py PORT MODULE: the module's `application` on 127.0.0.1, one process with eight threads.

Keystone's and Nova's applications read sys.argv as their own when they are imported, so the arguments are taken away first."""
import importlib
import sys

from waitress import serve

port, name = sys.argv[1:]
del sys.argv[1:]
application = importlib.import_module(name).application
if name.startswith("keystone."):
    # Keystone makes its policy enforcer at the first request, without a lock: of two first requests at the same moment
    # one is judged by rules that are not there yet, and gets 403. (Its public get_enforcer is for tools: it reads the
    # configuration again, from the default places.)
    from keystone.common.rbac_enforcer import policy
    policy._ENFORCER._enforcer.load_rules()
serve(application, host="127.0.0.1", port=int(port), threads=8)
