"""The bytes of a file as text and back, so that encoding and byte order mark stay as they were."""

from __future__ import annotations

from kubelint_lessons.fixes.texts import RefusedError
from kubelint_lessons.model.records import NamedTuple

_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}


class Encoding(NamedTuple):
    """How a file is written: a codec, and the byte order mark that it begins with."""

    codec: str
    mark: bytes

    def encode(self, text: str) -> bytes:
        """Return the bytes of a text."""
        return self.mark + text.encode(self.codec)


def decode(data: bytes) -> tuple[str, Encoding]:
    """Return the text of a file, without its mark, as manifests.source reads it. Raises RefusedError."""
    encoding = Encoding("utf-8", _UTF8_MARK if data.startswith(_UTF8_MARK) else b"")
    for mark, codec in _UTF16_MARKS.items():
        if data.startswith(mark):
            encoding = Encoding(codec, mark)
    try:
        text = data[len(encoding.mark) :].decode(encoding.codec)
    except UnicodeDecodeError as error:
        raise RefusedError(f"the file is not {encoding.codec.upper()} (byte {error.start + 1})") from None
    if text.startswith("\ufeff"):
        raise RefusedError("the file begins with two byte order marks")
    return text, encoding
