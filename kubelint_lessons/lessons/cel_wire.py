"""Protocol Buffers wire format, as far as a checked CEL expression needs it: fields in, fields out."""

from __future__ import annotations

import struct
from collections.abc import Iterator

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
"""Wire types, https://protobuf.dev/programming-guides/encoding/."""


def fields(data: bytes) -> Iterator[tuple[int, int, int | bytes]]:
    """Yield ``(field number, wire type, value)`` of one message; a value is an int or, by length, bytes.

    Raises ``ValueError`` on anything that is not a message.
    """
    position, end = 0, len(data)
    while position < end:
        key, position = _varint(data, position)
        number, wire_type = key >> 3, key & 7
        if wire_type == VARINT:
            value, position = _varint(data, position)
            yield number, wire_type, value
            continue
        if wire_type == BYTES:
            length, position = _varint(data, position)
        elif wire_type in (FIXED64, FIXED32):
            length = 8 if wire_type == FIXED64 else 4
        else:
            raise ValueError(f"wire type {wire_type} at byte {position}")
        if position + length > end:
            raise ValueError(f"field {number} ends after the message")
        yield number, wire_type, data[position : position + length]
        position += length


def _varint(data: bytes, position: int) -> tuple[int, int]:
    if position < len(data) and data[position] < 0x80:
        return data[position], position + 1
    result = shift = 0
    while position < len(data) and shift < 70:
        byte = data[position]
        position += 1
        result |= (byte & 0x7F) << shift
        if byte < 0x80:
            return result, position
        shift += 7
    raise ValueError(f"unfinished number at byte {position}")


def signed(value: int) -> int:
    """Return a varint as the int64 or int32 that it stands for."""
    return value - (1 << 64) if value >= 1 << 63 else value


def double(data: bytes) -> float:
    """Return the number in eight bytes."""
    number: float = struct.unpack("<d", data)[0]
    return number


def packed(data: bytes) -> Iterator[int]:
    """Yield the numbers of a packed repeated field."""
    position = 0
    while position < len(data):
        value, position = _varint(data, position)
        yield signed(value)


def varint_field(number: int, value: int) -> bytes:
    """Return one encoded integer field."""
    return _encode(number << 3 | VARINT) + _encode(value & (1 << 64) - 1)


def bytes_field(number: int, value: bytes) -> bytes:
    """Return one encoded string, bytes or message field."""
    return _encode(number << 3 | BYTES) + _encode(len(value)) + value


def double_field(number: int, value: float) -> bytes:
    """Return one encoded double field."""
    return _encode(number << 3 | FIXED64) + struct.pack("<d", value)


def _encode(value: int) -> bytes:
    result = bytearray()
    while value >= 0x80:
        result.append(value & 0x7F | 0x80)
        value >>= 7
    result.append(value)
    return bytes(result)
