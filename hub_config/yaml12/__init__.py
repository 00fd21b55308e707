"""YAML 1.2 into plain values, with the line and column of every one of them.

YAML 1.1 readers turn ``1:00:00`` into 3600 and ``no`` into False; this one gives text for what
the core schema has no other word for (https://yaml.org/spec/1.2.2/#103-core-schema). Only
plain data: tags, merge keys and documents that grow when read are refused.
"""

from hub_config.yaml12.document import BadConfig as BadConfig
from hub_config.yaml12.document import Document as Document
from hub_config.yaml12.document import Path_ as Path_
from hub_config.yaml12.document import Position as Position
from hub_config.yaml12.document import Problem as Problem
from hub_config.yaml12.document import show as show
from hub_config.yaml12.files import MAX_BYTES as MAX_BYTES
from hub_config.yaml12.files import read as read
from hub_config.yaml12.files import read_front as read_front
