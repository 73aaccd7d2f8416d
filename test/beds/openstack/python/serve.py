"""serve.py PORT MODULE: the module's `application` on 127.0.0.1, one process with eight threads.

Keystone's and Nova's applications read sys.argv as their own when they are imported, so the arguments are taken away first."""
import importlib
import sys

from sqlalchemy import orm
from waitress import serve

port, name = sys.argv[1:]
del sys.argv[1:]
application = importlib.import_module(name).application
# Otherwise the first query does it, and Neutron's list of ports asks for an attribute that is there only afterwards: as a
# first request it is a 500.
orm.configure_mappers()
if name.startswith("keystone."):
    # Keystone makes its policy enforcer at the first request, without a lock: of two first requests at the same moment
    # one is judged by rules that are not there yet, and gets 403. (Its public get_enforcer is for tools: it reads the
    # configuration again, from the default places.)
    from keystone.common.rbac_enforcer import policy
    policy._ENFORCER._enforcer.load_rules()
serve(application, host="127.0.0.1", port=int(port), threads=8)
