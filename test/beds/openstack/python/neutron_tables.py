"""Creates Neutron's tables from its models, as its own tests do; the configuration file names the database.

Some hundred migrations of an empty database come to the same and take minutes."""
import configparser
import sys

import sqlalchemy
from neutron.db.migration.models import head

configuration = configparser.ConfigParser(interpolation=None, strict=False)
configuration.read(sys.argv[1])
head.get_metadata().create_all(sqlalchemy.create_engine(configuration["database"]["connection"]))
