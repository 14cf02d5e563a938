"""libyaml, as PyYAML brings it. Importing it takes longer than linting a file, so only what needs it does, and late."""

from __future__ import annotations

try:
    from yaml._yaml import CParser as CParser
    from yaml.error import MarkedYAMLError as MarkedYAMLError
    from yaml.error import YAMLError as YAMLError
    from yaml.events import AliasEvent as AliasEvent
    from yaml.events import MappingEndEvent as MappingEndEvent
    from yaml.events import MappingStartEvent as MappingStartEvent
    from yaml.events import ScalarEvent as ScalarEvent
    from yaml.events import SequenceEndEvent as SequenceEndEvent
    from yaml.events import SequenceStartEvent as SequenceStartEvent
    from yaml.events import StreamEndEvent as StreamEndEvent
    from yaml.reader import ReaderError as ReaderError
except ImportError as error:  # pragma: no cover - depends on how PyYAML was built
    raise ImportError(
        "kubelint needs PyYAML with its C parser, which this PyYAML lacks: pip install --force-reinstall PyYAML"
    ) from error
