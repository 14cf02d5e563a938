"""Where the built-in lessons lie: beside the installed package, else in the checkout that it was installed from."""

from __future__ import annotations

import os


def builtin_rules_folder() -> str:
    """Return the folder of the built-in lessons and checks; the installed one where both exist.

    An editable install has none inside the package, because force-included files are not linked; its checkout has.
    """
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    installed = os.path.join(package, "rules")
    return installed if os.path.isdir(installed) else os.path.join(os.path.dirname(package), "rules")
